import { expect } from 'chai';
import { it } from 'mocha';
import { v7 as uuid } from 'uuid';
import { flinkJobId, type Job } from '../../../src/domain/job.ts';
import type { RetentionLimits } from '../../../src/domain/retention.ts';
import { aRegime, aTarget } from '../factories.ts';
import { codeOf, rename, type StoreWorld } from './world.ts';

const HOUR = 3_600_000;

/** What a Store promises about Flink ids that outlive their Jobs, and about what is deleted for good. */
export function straysAndRetentionContract(world: StoreWorld): void {
  const { withJob } = world;

  /** A Job that was submitted, and ended so long ago. */
  const ended = async (agoMs = 0, given: Partial<Job> = {}): Promise<Job> => {
    const { deployment, job } = await withJob(given);
    const terminatedAt = new Date((await world.store.now()).getTime() - agoMs);
    const change = await world.store.change(deployment.id, (held) => ({
      deployment: held.deployment,
      jobs: [{ ...job, state: 'FINISHED', terminatedAt, releasedAt: terminatedAt }],
      events: [],
    }));
    return change!.jobs[0]!;
  };
  /** Ended Jobs of one Deployment, the longest ended first. */
  const history = async (...agoMs: number[]): Promise<Job[]> => {
    const jobs = [await ended(agoMs[0])];
    for (const ago of agoMs.slice(1)) {
      const { deploymentId } = jobs[0]!;
      const next: Job = { ...jobs[0]!, id: uuid(), state: 'STARTED', version: 1 };
      await world.store.change(deploymentId, (held) => ({ deployment: held.deployment, jobs: [next], events: [] }));
      const terminatedAt = new Date((await world.store.now()).getTime() - ago);
      const change = await world.store.change(deploymentId, (held) => ({
        deployment: held.deployment,
        jobs: [{ ...next, state: 'FAILED', terminatedAt, releasedAt: terminatedAt }],
        events: [],
      }));
      jobs.push(change!.jobs[0]!);
    }
    return jobs;
  };
  const expired = async (limits: Omit<RetentionLimits, 'rememberIdsMs'>, { deploymentId }: Job) =>
    (await world.store.expiredJobs({ ...limits, rememberIdsMs: HOUR }, 100_000))
      .filter((job) => job.deploymentId === deploymentId)
      .map(({ id, reason }) => [id, reason]);

  it('remembers the ids that were submitted, with the end of their Jobs, and nothing of others', async () => {
    const job = await ended();
    const known = await world.store.flinkIds([flinkJobId(job), 'f'.repeat(32)]);
    expect(known).to.deep.equal([
      { flinkId: flinkJobId(job), jobId: job.id, deploymentId: job.deploymentId, targetId: job.targetId, endedAt: job.terminatedAt },
    ]);
    expect(await world.store.flinkIds([])).to.deep.equal([]);
  });
  it('marks a stray once, has it due until it is over, and then marks it anew', async () => {
    const job = await ended();
    const id = flinkJobId(job);
    const due = async () => (await world.store.dueCommands(1000, 0)).filter((command) => command.id === job.id);
    const mark = () =>
      world.store.change(job.deploymentId, ({ deployment }) => ({
        deployment,
        jobs: [],
        events: [{ name: 'GENERAL_FAILURE', message: 'stray' }],
        strays: [id],
      }));
    await mark();
    expect(await codeOf(mark())).to.equal('conflict');
    expect(await world.store.markStray(id)).to.equal(false);
    const events = await world.store.events('default', { deploymentId: job.deploymentId }, { limit: 100 });
    expect(events.filter(({ message }) => message === 'stray')).to.have.length(1);
    expect((await world.store.straysOf(job.targetId)).map(({ flinkId }) => flinkId)).to.include(id);
    expect(await due()).to.deep.equal([{ kind: 'terminate', id: job.id }]);
    expect((await world.store.strayTargets('default')).map((target) => target.id)).to.include(job.targetId);
    await world.store.postponeStray(id, HOUR);
    expect(await due()).to.deep.equal([]);
    expect(await world.store.clearStrays([id], HOUR)).to.equal(0);
    expect(await world.store.clearStrays([id], 0)).to.equal(1);
    expect(await due()).to.deep.equal([]);
    expect((await world.store.straysOf(job.targetId)).map(({ flinkId }) => flinkId)).to.not.include(id);
    expect(await world.store.markStray(id)).to.equal(true);
    await world.store.clearStrays([id], 0);
  });

  it('finds the Jobs beyond a number, longest ended first, and never an active one', async () => {
    const jobs = await history(5 * HOUR, 4 * HOUR, 3 * HOUR);
    const active: Job = { ...jobs[0]!, id: uuid(), state: 'STARTED', version: 1 };
    await world.store.change(active.deploymentId, (held) => ({ deployment: held.deployment, jobs: [active], events: [] }));
    expect(await expired({ keepJobs: 1 }, active)).to.deep.equal([
      [jobs[0]!.id, 'NUMBER'],
      [jobs[1]!.id, 'NUMBER'],
    ]);
    expect(await expired({ keepJobs: 3 }, active)).to.deep.equal([]);
    expect(await expired({ keepJobs: 0 }, active)).to.have.length(3);
  });
  it('finds the Jobs beyond an age, besides a number as well', async () => {
    const jobs = await history(5 * HOUR, 4 * HOUR, HOUR);
    expect(await expired({ jobsMaxAgeMs: 2 * HOUR }, jobs[0]!)).to.deep.equal([
      [jobs[0]!.id, 'AGE'],
      [jobs[1]!.id, 'AGE'],
    ]);
    expect(await expired({ jobsMaxAgeMs: 2 * HOUR, keepJobs: 2 }, jobs[0]!)).to.deep.equal([
      [jobs[0]!.id, 'NUMBER'],
      [jobs[1]!.id, 'AGE'],
    ]);
  });
  it('deletes Jobs that are final, and forgets their Flink ids later', async () => {
    const job = await ended();
    const { job: active } = await withJob();
    expect(await world.store.deleteJobs([job.id, active.id], 0)).to.equal(1);
    expect(await world.store.job(job.id)).to.equal(undefined);
    expect((await world.store.job(active.id))?.job.state).to.equal('STARTED');
    expect(await world.store.flinkIds([flinkJobId(job)])).to.have.length(1);
    expect(await world.store.dueCommands(1000, 0)).to.deep.include({ kind: 'cleanup', id: 'ids' });
    expect(await world.store.forgetFlinkIds(1000)).to.be.at.least(1);
    expect(await world.store.flinkIds([flinkJobId(job)])).to.deep.equal([]);
    expect(await world.store.dueCommands(1000, 0)).to.not.deep.include({ kind: 'cleanup', id: 'ids' });
  });
  it('keeps the id of a stray as long as it lives', async () => {
    const job = await ended();
    await world.store.markStray(flinkJobId(job));
    await world.store.deleteJobs([job.id], 0);
    await world.store.forgetFlinkIds(1000);
    expect(await world.store.flinkIds([flinkJobId(job)])).to.have.length(1);
    await world.store.clearStrays([flinkJobId(job)], 0);
    await world.store.forgetFlinkIds(1000);
    expect(await world.store.flinkIds([flinkJobId(job)])).to.deep.equal([]);
  });
  it('finds and deletes the oldest events beyond a number, and counts on', async () => {
    const { deployment } = await withJob();
    for (let i = 0; i < 6; i++) await world.store.change(deployment.id, rename);
    const own = async () =>
      (await world.store.expiredEvents({ keepEvents: 3, rememberIdsMs: 0 }, 100_000)).filter(
        ({ deploymentId }) => deploymentId === deployment.id,
      );
    expect(await own()).to.deep.equal([
      { deploymentId: deployment.id, deploymentName: deployment.name, namespace: 'default', upTo: 4, count: 4 },
    ]);
    expect(await world.store.deleteEvents(deployment.id, 4, 3)).to.equal(3);
    expect(await world.store.deleteEvents(deployment.id, 4, 3)).to.equal(1);
    expect(await own()).to.deep.equal([]);
    await world.store.change(deployment.id, rename);
    const left = await world.store.events('default', { deploymentId: deployment.id }, { limit: 100 });
    expect(left.map(({ number }) => number)).to.deep.equal([5, 6, 7, 8]);
  });
  it('finds the events beyond an age', async () => {
    const { deployment } = await withJob();
    await world.store.change(deployment.id, rename);
    const made = (await world.store.events('default', { deploymentId: deployment.id }, { limit: 10 })).at(-1)!.createdAt;
    while ((await world.store.now()) <= made);
    const own = async (limits: { eventsMaxAgeMs: number; keepEvents?: number }) =>
      (await world.store.expiredEvents({ ...limits, rememberIdsMs: 0 }, 100_000))
        .filter(({ deploymentId }) => deploymentId === deployment.id)
        .map(({ upTo, count }) => [upTo, count]);
    expect(await own({ eventsMaxAgeMs: HOUR })).to.deep.equal([]);
    expect(await own({ eventsMaxAgeMs: 0 })).to.deep.equal([[2, 2]]);
    expect(await own({ eventsMaxAgeMs: HOUR, keepEvents: 1 })).to.deep.equal([[1, 1]]);
    expect(await own({ eventsMaxAgeMs: 0, keepEvents: 1 })).to.deep.equal([[2, 2]]);
  });
  it('removes a deleted Deployment with all that is its own, batch by batch, and no other', async () => {
    const jobs = await history(3000, 2000, 1000);
    const { deploymentId } = jobs[0]!;
    expect(await world.store.purgeDeployment(deploymentId, 2, HOUR)).to.equal(false);
    expect(await world.store.job(jobs[0]!.id)).to.not.equal(undefined);
    await world.store.change(deploymentId, (held, now) => ({ deployment: { ...held.deployment, deletedAt: now }, jobs: [], events: [] }));
    expect(await world.store.dueCommands(1000, 0)).to.deep.include({ kind: 'cleanup', id: deploymentId });
    let batches = 0;
    while (await world.store.purgeDeployment(deploymentId, 2, HOUR)) batches++;
    expect(batches).to.be.at.least(3);
    expect(await world.store.deploymentVersion(deploymentId)).to.equal(undefined);
    for (const { id } of jobs) expect(await world.store.job(id)).to.equal(undefined);
    expect(await world.store.flinkIds(jobs.map(flinkJobId))).to.have.length(3);
    expect(await world.store.dueCommands(1000, 0)).to.not.deep.include({ kind: 'cleanup', id: deploymentId });
  });
  it('looks at a deleted target as long as an id on it is remembered', async () => {
    const target = aTarget({ id: uuid(), name: `t-${uuid()}`, hash: 7 + 64 });
    await world.store.insertTarget(target);
    const job = await ended(0, { targetId: target.id });
    await world.store.deleteTarget(target);
    expect(await world.store.target('default', target.name)).to.equal(undefined);
    await world.store.insertTarget({ ...target, id: uuid() });
    expect((await world.store.busyTargets(7, 64)).map(({ id }) => id)).to.deep.equal([target.id]);
    expect((await world.store.targetById(target.id))?.name).to.equal(target.name);
    await world.store.deleteJobs([job.id], 0);
    await world.store.forgetFlinkIds(1000);
    expect(await world.store.busyTargets(7, 64)).to.deep.equal([]);
    expect(await world.store.targetById(target.id)).to.equal(undefined);
  });

  it('holds the settings that were declared last', async () => {
    await world.store.declareRegime(aRegime({ shards: 3 }));
    const last = aRegime({ shards: 5, jobsCleanupMs: 2000, retention: { keepJobs: 3, rememberIdsMs: HOUR } });
    await world.store.declareRegime(last);
    expect(await world.store.regime()).to.deep.equal(last);
  });
}
