import { expect } from 'chai';
import { describe, it } from 'mocha';
import { v7 as uuid } from 'uuid';
import type { Deployment, DeploymentSpec } from '../../src/domain/deployment.ts';
import type { Job } from '../../src/domain/job.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { SavepointSight } from '../../src/domain/savepoint-judge.ts';
import type { SavepointOperation, StoredState } from '../../src/domain/savepoint-sight.ts';
import type { Savepoint } from '../../src/domain/savepoint.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { aSpec, aTarget, deaf, LIMITS, MINUTE, NOW, silent } from '../support/factories.ts';
import { memoryStore } from '../support/memory-store.ts';

const target = aTarget();
const ABROAD: StoredState = { kind: 'unknown', why: 'not mounted' };
const NONE: StoredState = { kind: 'none' };
const at = (location: string): StoredState => ({ kind: 'found', location });

const says = (word: 'RUNNING' | 'FAILED' | 'CANCELED' | 'FINISHED'): Observation => ({
  kind: 'found',
  endpoint: 'GET /jobs/overview',
  fingerprint: 'jm-1',
  startedAtMs: 0,
  word,
  tasksReady: word === 'RUNNING',
});
/** A JobManager that was replaced does not know the job. */
const LOST: Observation = { kind: 'notFound', endpoint: 'GET /jobs/overview', fingerprint: 'jm-2', highAvailability: false };
const complete = (location: string, jobFailed = false): SavepointOperation => ({ kind: 'completed', endpoint: 'GET', location, jobFailed });

/** The engine on a store in memory, with a clock of its own and one STATEFUL Deployment whose Job is STARTED. */
async function world(given: Partial<DeploymentSpec> = {}) {
  let now = NOW.getTime();
  const store = memoryStore(() => new Date(now++));
  await store.insertTarget(target);
  const queue = { wake: () => Promise.resolve(), ensure: () => Promise.resolve(), ping: () => Promise.resolve() };
  const engine = createEngine({ store, queue, limits: LIMITS, newId: () => uuid(), listener: deaf, log: silent });
  let spec = aSpec({ upgradeStrategy: { kind: 'STATEFUL' }, restoreStrategy: { kind: 'LATEST_STATE' }, ...given });
  const edit = () => ({ input: { labels: {}, annotations: {}, spec }, target, events: [] });
  const { id } = await engine.deployments.create('default', 'd', edit());

  const look = async (observation: Observation, passes = 1): Promise<void> => {
    for (let pass = 0; pass < passes; pass++) {
      const row = await job();
      now += 1000;
      await engine.jobs.observe(row, observation, () => 1);
      // What gives no verdict is written by the batch of a probe.
      if (observation.kind === 'notFound' && (await job()).state === row.state)
        await store.change(id, ({ deployment }) => ({
          deployment,
          jobs: [{ ...row, missing: { fingerprint: observation.fingerprint, since: new Date(now) } }],
          events: [],
        }));
    }
  };
  const jobs = (): Promise<Job[]> => store.jobs('default', { deploymentId: id });
  const job = async (): Promise<Job> => (await jobs()).at(-1)!;
  const savepoints = (): Promise<Savepoint[]> => store.savepoints('default', { deploymentId: id });
  const deployment = async (): Promise<Deployment> => (await store.deployment('default', 'd'))!;

  const started = async (): Promise<Job> => {
    const begun = await engine.jobs.beginSubmission(await job(), 'jm-1', { artifactSha256: 'sha' });
    await engine.jobs.recordAnswer(begun!, { kind: 'accepted' });
    await look(says('RUNNING'));
    return job();
  };
  const submitted = async (): Promise<void> => {
    const begun = await engine.jobs.beginSubmission(await job(), 'jm-1', { artifactSha256: 'sha' });
    await engine.jobs.recordAnswer(begun!, { kind: 'accepted' });
  };
  return {
    engine,
    store,
    id,
    jobs,
    job,
    savepoints,
    deployment,
    look,
    started,
    submitted,
    wait: (ms: number) => void (now += ms),
    want: async (change: Partial<DeploymentSpec>) => {
      spec = { ...spec, ...change };
      await engine.deployments.update(id, undefined, edit);
    },
    /** Asks Flink for the one that is open. */
    asked: async (): Promise<Savepoint> => {
      const open = (await savepoints()).find(({ state }) => state === 'STARTED');
      return (await engine.savepoints.beginTrigger(open!, await job(), `file:/s/${open!.id}`))!;
    },
    settle: async (savepoint: Savepoint, sight: SavepointSight) => {
      now += 1000;
      expect(await engine.savepoints.settle(savepoint, await job(), sight)).to.equal(true);
    },
    release: async (left: StoredState) => {
      now += 1000;
      await engine.jobs.release(await job(), left);
    },
    advance: () => engine.deployments.advance(id),
  };
}

const another = (parallelism = 2): Partial<DeploymentSpec> => ({ template: { spec: { ...aSpec().template.spec, parallelism } } });

describe('State that is kept', () => {
  it('makes no Job from older state where what became of a stop is unknown', async () => {
    const { started, want, asked, settle, look, release, wait, advance, deployment, jobs, job } = await world();
    await started();
    await want(another());
    const stop = await asked();
    await look(LOST);
    await settle(stop, { operation: { kind: 'unknown' }, stored: ABROAD, observation: LOST });
    expect((await job()).failure?.reason).to.equal('JobManagerLost');
    await release(NONE);
    wait(MINUTE);
    await advance();
    expect(await jobs()).to.have.length(1);
    expect(await deployment()).to.deep.include({ state: 'FAILED' });
    expect((await deployment()).failure?.reason).to.equal('StateUnknown');
  });

  it('is that of the stop, not of a checkpoint before it, for a job that failed while it stopped', async () => {
    const { started, want, asked, settle, release, wait, advance, job } = await world();
    await started();
    await want(another());
    await settle(await asked(), { operation: complete('file:/s/stop', true), observation: says('FAILED') });
    await release(at('file:/c/chk-1'));
    wait(MINUTE);
    await advance();
    expect((await job()).spec.savepointLocation).to.equal('file:/s/stop');
  });

  it('is that of the stop, not of a checkpoint before it, for a Job that was cancelled meanwhile', async () => {
    const { started, want, asked, settle, look, release, job } = await world();
    await started();
    await want({ state: 'SUSPENDED' });
    const stop = await asked();
    await want({ state: 'CANCELLED' });
    await settle(stop, { operation: complete('file:/s/stop'), observation: says('RUNNING') });
    await look(says('CANCELED'));
    await want({ state: 'RUNNING' });
    await release(at('file:/c/chk-1'));
    expect((await job()).spec.savepointLocation).to.equal('file:/s/stop');
  });

  it('is not that of an earlier life, where the Job that is upgraded began without state', async () => {
    const { started, want, asked, settle, look, submitted, release, jobs, job } = await world({ restoreStrategy: { kind: 'NONE' } });
    await started();
    await want({ state: 'SUSPENDED' });
    await settle(await asked(), { operation: complete('file:/s/old'), observation: says('FINISHED') });
    await want({ state: 'RUNNING' });
    expect((await job()).spec.savepointLocation).to.equal(undefined);
    await submitted();
    await want(another());
    await look(says('CANCELED'));
    await release(NONE);
    expect(await jobs()).to.have.length(3);
    expect((await job()).spec.savepointLocation).to.equal(undefined);
  });

  it('that cannot be found is missed only where the next Job would start from it', async () => {
    const { started, look, release, wait, advance, jobs } = await world({ restoreStrategy: { kind: 'LATEST_SAVEPOINT' } });
    await started();
    await look(LOST, 2);
    await release(ABROAD);
    wait(MINUTE);
    await advance();
    expect(await jobs()).to.have.length(2);
  });

  it('of a suspended Deployment that cannot be found makes it FAILED', async () => {
    const { started, want, asked, settle, look, release, deployment } = await world();
    await started();
    await want({ state: 'SUSPENDED' });
    const stop = await asked();
    await look(LOST);
    await settle(stop, { operation: { kind: 'unknown' }, stored: ABROAD, observation: LOST });
    await release(NONE);
    expect((await deployment()).failure?.reason).to.equal('StateUnknown');
  });

  it('is not deleted as the copy of what the next Job starts from, nor as the original of a copy', async () => {
    const { engine, id, started, want, asked, settle, savepoints } = await world();
    await started();
    await want({ state: 'SUSPENDED' });
    await settle(await asked(), { operation: complete('file:/s/stop'), observation: says('FINISHED') });
    const [original] = await savepoints();
    await engine.savepoints.request(id, { annotations: {}, savepointLocation: 'file:/s/stop' });
    const outcome = await engine.savepoints.remove(original!, undefined).catch((error: unknown) => error);
    expect(outcome).to.include({ code: 'conflict' });
  });

  it('that is deleted twice at the same time is deleted once', async () => {
    const { engine, started, asked, settle, savepoints, id } = await world();
    await started();
    await engine.savepoints.request(id, { annotations: {} });
    await settle(await asked(), { operation: complete('file:/s/1') });
    await engine.savepoints.request(id, { annotations: {} });
    await settle(await asked(), { operation: complete('file:/s/2') });
    const [first] = await savepoints();
    await engine.savepoints.remove(first!, undefined);
    const again = await engine.savepoints.remove(first!, undefined).catch((error: unknown) => error);
    expect(again).to.include({ code: 'notFound' });
  });

  it('can be given up, when a savepoint of an ended Job can never be settled', async () => {
    const { engine, id, started, want, asked, settle, savepoints, job, jobs } = await world();
    await started();
    const { id: mine } = await engine.savepoints.request(id, { annotations: {} });
    await asked();
    await want({ state: 'SUSPENDED' });
    const open = (await savepoints()).find((one) => one.origin === 'SUSPEND');
    const stop = (await engine.savepoints.beginTrigger(open!, await job(), 'file:/s/stop'))!;
    await settle(stop, { operation: complete('file:/s/stop'), observation: says('FINISHED') });
    await want({ state: 'RUNNING' });
    expect(await jobs()).to.have.length(1);
    await engine.jobs.abandon(await job(), 'the cluster is gone');
    expect((await savepoints()).find((one) => one.id === mine)?.state).to.equal('FAILED');
    expect(await jobs()).to.have.length(2);
  });
});
