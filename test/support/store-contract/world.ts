import { after, before } from 'mocha';
import { v7 as uuid } from 'uuid';
import type { Deployment } from '../../../src/domain/deployment.ts';
import type { Job } from '../../../src/domain/job.ts';
import type { Change, Held, Store } from '../../../src/ports/store.ts';
import { aDeployment, aSubmittedJob, aTarget } from '../factories.ts';

export type StoreWorld = ReturnType<typeof storeWorld>;

/** Opens a Store before the suite that calls this, with a target in it; `close` ends after the suite what `open` began. */
export function storeWorld(open: () => Promise<{ store: Store; close: () => Promise<void> }>) {
  let store: Store;
  let close: () => Promise<void>;
  let target = aTarget();
  before(async () => {
    ({ store, close } = await open());
    target = aTarget({ id: uuid(), name: 'contract', createdAt: await store.now() });
    await store.insertTarget(target);
  });
  after(() => close());

  const stored = async (given: Parameters<typeof aDeployment>[0] = {}): Promise<Deployment> => {
    const now = await store.now();
    const id = uuid();
    const deployment = aDeployment({
      id,
      name: `d-${id}`,
      createdAt: now,
      modifiedAt: now,
      transitionAt: now,
      ...given,
      spec: { deploymentTargetId: target.id, ...given.spec },
    });
    await store.insertDeployment(deployment, [{ name: 'EXTERNAL', message: 'made' }]);
    return deployment;
  };
  const withJob = async (given: Partial<Job> = {}): Promise<{ deployment: Deployment; job: Job }> => {
    const deployment = await stored();
    const now = await store.now();
    const job = aSubmittedJob({
      id: uuid(),
      deploymentId: deployment.id,
      deploymentName: deployment.name,
      targetId: target.id,
      createdAt: now,
      modifiedAt: now,
      observedAt: new Date(now.getTime() - 60_000),
      state: 'STARTED',
      startedAt: now,
      flinkWord: 'RUNNING',
      ...given,
    });
    await store.change(deployment.id, (held) => ({ deployment: held.deployment, jobs: [job], events: [] }));
    return { deployment, job };
  };

  return {
    get store() {
      return store;
    },
    /** The target of each Deployment and Job, unless they name another. */
    get target() {
      return target;
    },
    /** A Deployment in the store. */
    stored,
    /** A Deployment in the store with a Job, STARTED unless told otherwise. */
    withJob,
  };
}

/** A change that adds an `x` to the display name, and tells an event. */
export const rename = ({ deployment }: Held): Change => ({
  deployment: { ...deployment, displayName: `${deployment.displayName ?? ''}x` },
  jobs: [],
  events: [{ name: 'EXTERNAL', message: 'renamed' }],
});

/** The code of the error that a promise ends with; the text of one that has no code, and `no error` when there is none. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  return 'no error';
}
