import { expect } from 'chai';
import { after as afterAll, before, describe, it } from 'mocha';
import { v7 as uuid } from 'uuid';
import type { Deployment } from '../../src/domain/deployment.ts';
import { flinkJobId, type Job } from '../../src/domain/job.ts';
import { seenOf } from '../../src/domain/sighting.ts';
import type { Change, Held, Store } from '../../src/ports.ts';
import { aDeployment, aJob, aSubmittedJob, aTarget } from './factories.ts';

/** What every Store promises; runs on the one in memory and on the real one. `close` ends what `open` began. */
export function storeContract(open: () => Promise<{ store: Store; close: () => Promise<void> }>): void {
  let store: Store;
  let close: () => Promise<void>;
  let target = aTarget();
  before(async () => {
    ({ store, close } = await open());
    target = aTarget({ id: uuid(), name: 'contract', createdAt: await store.now() });
    await store.insertTarget(target);
  });
  afterAll(() => close());

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
  const rename = ({ deployment }: Held): Change => ({
    deployment: { ...deployment, displayName: `${deployment.displayName ?? ''}x` },
    jobs: [],
    events: [{ name: 'EXTERNAL', message: 'renamed' }],
  });
  const messageOf = async (promise: Promise<unknown>): Promise<string> => {
    try {
      await promise;
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    }
    return 'no error';
  };

  describe('change', () => {
    it('hands over the rows as they are and the time, writes the change, raises versions and numbers events', async () => {
      const { deployment, job } = await withJob();
      let seen: Held | undefined;
      const change = await store.change(deployment.id, (held, now) => {
        seen = held;
        expect(now.getTime()).to.be.at.least(deployment.createdAt.getTime());
        return { ...rename(held), jobs: [{ ...job, restarts: 7 }] };
      });
      expect(seen).to.deep.equal({ deployment, job, target });
      expect(change?.deployment).to.include({ version: 2, displayName: 'x' });
      expect(change?.jobs.map(({ id, version, restarts }) => ({ id, version, restarts }))).to.deep.equal([
        { id: job.id, version: 2, restarts: 7 },
      ]);
      expect(await store.deployment('default', deployment.name)).to.deep.equal(change?.deployment);
      expect((await store.job(job.id))?.job).to.deep.equal(change?.jobs[0]);
      const events = await store.events('default', { deploymentId: deployment.id }, { limit: 10 });
      expect(events.map(({ number, message }) => [number, message])).to.deep.equal([
        [1, 'made'],
        [2, 'renamed'],
      ]);
    });
    it('writes nothing when there is nothing to decide, or when deciding throws', async () => {
      const deployment = await stored();
      expect(await store.change(deployment.id, () => undefined)).to.equal(undefined);
      const thrown = store.change(deployment.id, () => {
        throw new Error('no');
      });
      expect(await messageOf(thrown)).to.match(/no/);
      expect(await store.deployment('default', deployment.id)).to.deep.equal(deployment);
    });
    it('says notFound for an unknown Deployment', async () => {
      expect(await messageOf(store.change(uuid(), rename))).to.equal('notFound');
    });
    it('loses none of many changes at once', async () => {
      const deployment = await stored();
      await Promise.all(Array.from({ length: 40 }, () => store.change(deployment.id, rename)));
      const row = await store.deployment('default', deployment.id);
      expect(row).to.include({ displayName: 'x'.repeat(40), version: 41 });
      const events = await store.events('default', { deploymentId: deployment.id }, { limit: 100 });
      expect(events.map(({ number }) => number)).to.deep.equal(Array.from({ length: 41 }, (_, i) => i + 1));
    });
    it('never lets a Deployment have two active Jobs', async () => {
      const { deployment, job } = await withJob();
      const second = { ...job, id: uuid() };
      expect(
        await messageOf(store.change(deployment.id, (held) => ({ deployment: held.deployment, jobs: [second], events: [] }))),
      ).to.equal('staleWrite');
      const ended = { ...job, state: 'FAILED' as const };
      await store.change(deployment.id, (held) => ({ deployment: held.deployment, jobs: [ended, second], events: [] }));
      expect((await store.jobs('default', { deploymentId: deployment.id })).map(({ state }) => state)).to.deep.equal(['FAILED', 'STARTED']);
    });
    it('remembers each id that was submitted, for the later Jobs of the Deployment', async () => {
      const { deployment, job } = await withJob({ state: 'STARTING', submission: 'none', attempt: 0 });
      await store.change(deployment.id, (held) => ({ deployment: held.deployment, jobs: [{ ...job, attempt: 1 }], events: [] }));
      const next = aJob({ id: uuid(), deploymentId: deployment.id, targetId: target.id });
      expect(await store.earlierFlinkIds(next)).to.deep.equal([flinkJobId(job)]);
      expect(await store.earlierFlinkIds(job)).to.deep.equal([]);
    });
  });

  it('refuses a second Deployment of the same name', async () => {
    const deployment = await stored();
    expect(await messageOf(store.insertDeployment({ ...deployment, id: uuid() }, []))).to.equal('conflict');
  });
  it('finds a Deployment by name or id, and hides a deleted one, its Jobs and its events', async () => {
    const { deployment } = await withJob({ state: 'FINISHED' });
    expect((await store.deployment('default', deployment.id))?.name).to.equal(deployment.name);
    await store.change(deployment.id, (held, now) => ({ deployment: { ...held.deployment, deletedAt: now }, jobs: [], events: [] }));
    expect(await store.deployment('default', deployment.name)).to.equal(undefined);
    expect(await store.jobs('default', { deploymentId: deployment.id })).to.deep.equal([]);
    expect(await store.events('default', { deploymentId: deployment.id }, { limit: 10 })).to.deep.equal([]);
    await stored({ name: deployment.name });
  });

  describe('sightings', () => {
    const look = { kind: 'found', fingerprint: 'jm-1', word: 'RUNNING', tasksReady: true } as const;
    it('move the record, and the version only where there is news', async () => {
      const { job } = await withJob();
      const now = await store.now();
      expect(await store.recordSightings([{ job, seen: seenOf(job, look, now), ageMs: () => 100 }])).to.equal(1);
      const once = (await store.job(job.id))!.job;
      expect(once.version).to.equal(1);
      expect(once.observedAt.getTime()).to.be.within(now.getTime() - 200, now.getTime() + 60_000);
      const seen = seenOf(once, { ...look, word: 'RESTARTING', restarts: 2 }, now);
      expect(await store.recordSightings([{ job: once, seen, ageMs: () => 0 }])).to.equal(1);
      expect((await store.job(job.id))?.job).to.include({ version: 2, flinkWord: 'RESTARTING', restarts: 2 });
    });
    it('of a row that moved, or was observed by a later look, are void', async () => {
      const { job } = await withJob();
      const now = await store.now();
      const seen = seenOf(job, { ...look, restarts: 5 }, now);
      expect(await store.recordSightings([{ job: { ...job, version: 9 }, seen, ageMs: () => 0 }])).to.equal(0);
      expect(await store.recordSightings([{ job, seen, ageMs: () => 3_600_000 }])).to.equal(0);
      expect((await store.job(job.id))?.job).to.deep.equal(job);
    });
    it('of a cluster that could not be asked let the age grow', async () => {
      const { job } = await withJob();
      const seen = seenOf(job, { kind: 'unreachable', message: 'refused' }, await store.now());
      expect(await store.recordSightings([{ job, seen, ageMs: () => 0 }])).to.equal(1);
      expect((await store.job(job.id))?.job).to.deep.equal({ ...job, flinkWord: 'UNKNOWN', version: 2 });
    });
    it('remember a job that was not found', async () => {
      const { job } = await withJob();
      const now = await store.now();
      const seen = seenOf(job, { kind: 'notFound', fingerprint: 'jm-2', highAvailability: false }, now);
      await store.recordSightings([{ job, seen, ageMs: () => 0 }]);
      expect((await store.job(job.id))?.job.missing).to.deep.equal({ fingerprint: 'jm-2', since: now });
    });
  });

  it('tells the active Jobs from those that ended', async () => {
    const { deployment, job } = await withJob({ state: 'FAILED' });
    expect(await store.jobs('default', { deploymentId: deployment.id, active: true })).to.deep.equal([]);
    expect(await store.jobs('default', { deploymentId: deployment.id })).to.deep.equal([job]);
    const running = await withJob();
    expect(await store.jobs('default', { deploymentId: running.deployment.id, active: true })).to.deep.equal([running.job]);
  });
  it('stores what a program said, however long and wherever it is cut', async () => {
    const { deployment, job } = await withJob();
    const message = `${'x'.repeat(7999)}😀${'y'.repeat(100_000)}`;
    const failed = { ...job, state: 'FAILED' as const, waitingFor: message, failure: { reason: 'JobFailed' as const, message } };
    await store.change(deployment.id, (held) => ({
      deployment: held.deployment,
      jobs: [failed],
      events: [{ name: 'GENERAL_FAILURE', message }],
    }));
    expect((await store.job(job.id))?.job.failure?.message).to.match(/^x{7999}/);
    expect((await store.events('default', { deploymentId: deployment.id }, { limit: 10 })).at(-1)?.message).to.match(/^x{7999}/);
  });
  it('tells what is due', async () => {
    const now = await store.now();
    const late = await stored({ dueAt: now });
    const later = await stored({ dueAt: new Date(now.getTime() + 3_600_000) });
    const starting = await withJob({ state: 'STARTING', submission: 'none', createdAt: now });
    const terminating = await withJob({ state: 'TERMINATING', terminatingAt: now });
    const due = await store.dueCommands(1000, 0);
    expect(due).to.deep.include.members([
      { kind: 'deployment', id: late.id },
      { kind: 'start', id: starting.job.id },
      { kind: 'terminate', id: terminating.job.id },
    ]);
    expect(due.map(({ id }) => id)).not.to.include(later.id);
    const paged: string[] = [];
    for (let skip = 0; paged.length < due.length; skip++) paged.push(...(await store.dueCommands(1, skip)).map(({ id }) => id));
    expect(paged.sort()).to.deep.equal(due.map(({ id }) => id).sort());
  });
  it('knows which targets are to be looked at', async () => {
    const busy = aTarget({ id: uuid(), name: `t-${uuid()}`, hash: 61 + 64 });
    await store.insertTarget(busy);
    expect(await store.busyTargets(61, 64)).to.deep.equal([]);
    await withJob({ targetId: busy.id });
    expect(await store.busyTargets(61, 64)).to.deep.equal([busy.id]);
    expect((await store.activeJobs(busy.id)).jobs).to.have.length(1);
  });
  it('keeps a target that is in use', async () => {
    await stored();
    expect(await messageOf(store.deleteTarget(target))).to.equal('conflict');
    const unused = aTarget({ id: uuid(), name: `t-${uuid()}` });
    await store.insertTarget(unused);
    expect(await messageOf(store.insertTarget({ ...unused, id: uuid() }))).to.equal('conflict');
    await store.deleteTarget(unused);
    expect(await store.target('default', unused.name)).to.equal(undefined);
  });
  it('updates a target under its version', async () => {
    const shown = aTarget({ id: uuid(), name: `t-${uuid()}` });
    await store.insertTarget(shown);
    expect(await store.updateTarget({ ...shown, labels: { a: 'b' } })).to.deep.include({ labels: { a: 'b' }, version: 2 });
    expect(await messageOf(store.updateTarget(shown))).to.equal('stalePrecondition');
  });
  it('notes what a STARTING Job waits for without a new version', async () => {
    const { job } = await withJob({ state: 'STARTING' });
    await store.noteWaiting(job.id, 'slots');
    expect((await store.job(job.id))?.job).to.deep.equal({ ...job, waitingFor: 'slots' });
  });
  it('pages events', async () => {
    const deployment = await stored();
    for (let i = 0; i < 4; i++) await store.change(deployment.id, rename);
    const first = await store.events('default', { deploymentId: deployment.id }, { limit: 3 });
    const rest = await store.events('default', { deploymentId: deployment.id }, { limit: 3, after: first[2]!.id });
    expect([...first, ...rest].map(({ number }) => number)).to.deep.equal([1, 2, 3, 4, 5]);
  });
}
