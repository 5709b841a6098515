import { expect } from 'chai';
import { describe, it } from 'mocha';
import { v7 as uuid } from 'uuid';
import { flinkJobId } from '../../../src/domain/job.ts';
import { historyAfter } from '../../../src/domain/restarts.ts';
import { seenOf, withSeen } from '../../../src/domain/sighting.ts';
import type { Held } from '../../../src/ports/store.ts';
import { after, aJob, NOW } from '../factories.ts';
import { codeOf, rename, type StoreWorld } from './world.ts';

/** What a Store promises about changes of Deployments and Jobs, and about sightings. */
export function changesContract(world: StoreWorld): void {
  const { stored, withJob } = world;

  describe('change', () => {
    it('hands over the rows as they are and the time, writes the change, raises versions and numbers events', async () => {
      const { deployment, job } = await withJob();
      let seen: Held | undefined;
      const change = await world.store.change(deployment.id, (held, now) => {
        seen = held;
        expect(now.getTime()).to.be.at.least(deployment.createdAt.getTime());
        return { ...rename(held), jobs: [{ ...job, restarts: 7 }] };
      });
      expect(seen).to.deep.equal({ deployment, job, unreleased: [], savepoints: [], target: world.target });
      expect(change?.deployment).to.include({ version: 2, displayName: 'x' });
      expect(change?.jobs.map(({ id, version, restarts }) => ({ id, version, restarts }))).to.deep.equal([
        { id: job.id, version: 2, restarts: 7 },
      ]);
      expect(await world.store.deployment('default', deployment.name)).to.deep.equal(change?.deployment);
      expect((await world.store.job(job.id))?.job).to.deep.equal(change?.jobs[0]);
      const events = await world.store.events('default', { deploymentId: deployment.id }, { limit: 10 });
      expect(events.map(({ number, message }) => [number, message])).to.deep.equal([
        [1, 'made'],
        [2, 'renamed'],
      ]);
    });
    it('keeps what is remembered of failures', async () => {
      const { deployment } = await withJob();
      const restartHistory = historyAfter(historyAfter(undefined, 2, after(1)), 1, after(2));
      const failures = [
        { at: NOW, counts: false },
        { at: after(3), counts: true, restartHistory },
      ];
      const savepointFailures = [{ at: after(4), message: 'no space' }];
      const failure = { reason: 'SavepointsFailed', message: 'no space' } as const;
      await world.store.change(deployment.id, (held) => ({
        deployment: { ...held.deployment, failures, savepointFailures, failure, keepsState: true, freshSince: after(5) },
        jobs: [],
        events: [],
      }));
      const kept = await world.store.deployment('default', deployment.id);
      expect(kept).to.deep.include({ failures, savepointFailures, failure, keepsState: true, freshSince: after(5) });
    });
    it('writes nothing when there is nothing to decide, or when deciding throws', async () => {
      const deployment = await stored();
      expect(await world.store.change(deployment.id, () => undefined)).to.equal(undefined);
      const thrown = world.store.change(deployment.id, () => {
        throw new Error('no');
      });
      expect(await codeOf(thrown)).to.match(/no/);
      expect(await world.store.deployment('default', deployment.id)).to.deep.equal(deployment);
    });
    it('says notFound for an unknown Deployment', async () => {
      expect(await codeOf(world.store.change(uuid(), rename))).to.equal('notFound');
    });
    it('loses none of many changes at once', async () => {
      const deployment = await stored();
      await Promise.all(Array.from({ length: 40 }, () => world.store.change(deployment.id, rename)));
      const row = await world.store.deployment('default', deployment.id);
      expect(row).to.include({ displayName: 'x'.repeat(40), version: 41 });
      const events = await world.store.events('default', { deploymentId: deployment.id }, { limit: 100 });
      expect(events.map(({ number }) => number)).to.deep.equal(Array.from({ length: 41 }, (_, i) => i + 1));
    });
    it('never lets a Deployment have two active Jobs', async () => {
      const { deployment, job } = await withJob();
      const second = { ...job, id: uuid() };
      expect(
        await codeOf(world.store.change(deployment.id, (held) => ({ deployment: held.deployment, jobs: [second], events: [] }))),
      ).to.equal('staleWrite');
      const ended = { ...job, state: 'FAILED' as const };
      await world.store.change(deployment.id, (held) => ({ deployment: held.deployment, jobs: [ended, second], events: [] }));
      expect((await world.store.jobs('default', { deploymentId: deployment.id })).map(({ state }) => state)).to.deep.equal([
        'FAILED',
        'STARTED',
      ]);
    });
    it('remembers each id that was submitted, for the later Jobs of the Deployment', async () => {
      const { deployment, job } = await withJob({ state: 'STARTING', submission: 'none', attempt: 0 });
      await world.store.change(deployment.id, (held) => ({ deployment: held.deployment, jobs: [{ ...job, attempt: 1 }], events: [] }));
      const next = aJob({ id: uuid(), deploymentId: deployment.id, targetId: world.target.id });
      expect(await world.store.earlierFlinkIds(next)).to.deep.equal([flinkJobId(job)]);
      expect(await world.store.earlierFlinkIds(job)).to.deep.equal([]);
    });
  });

  it('refuses a second Deployment of the same name', async () => {
    const deployment = await stored();
    expect(await codeOf(world.store.insertDeployment({ ...deployment, id: uuid() }, []))).to.equal('conflict');
  });
  it('notes what a STARTING Job waits for without a new version', async () => {
    const { job } = await withJob({ state: 'STARTING' });
    await world.store.noteWaiting(job.id, 'slots');
    expect((await world.store.job(job.id))?.job).to.deep.equal({ ...job, waitingFor: 'slots' });
  });
  it('stores what a program said, however long and wherever it is cut', async () => {
    const { deployment, job } = await withJob();
    const message = `${'x'.repeat(7999)}😀${'y'.repeat(100_000)}`;
    const failed = { ...job, state: 'FAILED' as const, waitingFor: message, failure: { reason: 'JobFailed' as const, message } };
    await world.store.change(deployment.id, (held) => ({
      deployment: held.deployment,
      jobs: [failed],
      events: [{ name: 'GENERAL_FAILURE', message }],
    }));
    expect((await world.store.job(job.id))?.job.failure?.message).to.match(/^x{7999}/);
    expect((await world.store.events('default', { deploymentId: deployment.id }, { limit: 10 })).at(-1)?.message).to.match(/^x{7999}/);
  });

  describe('sightings', () => {
    const look = {
      kind: 'found',
      endpoint: 'GET /jobs/overview',
      fingerprint: 'jm-1',
      word: 'RUNNING',
      startedAtMs: 1_700_000_000_000,
      tasksReady: true,
    } as const;
    it('move the record, and the version only where there is news', async () => {
      const { job } = await withJob();
      const now = await world.store.now();
      expect(await world.store.recordSightings([{ job, seen: seenOf(job, look, now), ageMs: () => 100 }])).to.equal(1);
      const once = (await world.store.job(job.id))!.job;
      expect(once.version).to.equal(1);
      expect(once.observedAt.getTime()).to.be.within(now.getTime() - 200, now.getTime() + 60_000);
      const seen = seenOf(once, { ...look, word: 'RESTARTING', restarts: 2 }, now);
      expect(await world.store.recordSightings([{ job: once, seen, ageMs: () => 0 }])).to.equal(1);
      expect((await world.store.job(job.id))?.job).to.include({ version: 2, flinkWord: 'RESTARTING', restarts: 2 });
    });
    it('remember when the restart count was seen to grow, also where a transition is written', async () => {
      const { deployment, job } = await withJob();
      const now = await world.store.now();
      await world.store.recordSightings([{ job, seen: seenOf(job, { ...look, restarts: 3 }, now), ageMs: () => 200 }]);
      const once = (await world.store.job(job.id))!.job;
      expect(once.restartHistory).to.deep.equal({ samples: [{ at: now, restarts: 3 }], turnedAt: { JobFailing: now, JobUnstable: now } });
      await world.store.recordSightings([{ job: once, seen: seenOf(once, { ...look, word: 'RESTARTING' }, now), ageMs: () => 100 }]);
      const later = (await world.store.job(job.id))!.job;
      expect(later).to.include({ flinkWord: 'RESTARTING' }).and.deep.include({ restartHistory: once.restartHistory });
      const moved = withSeen(later, seenOf(later, { ...look, restarts: 4 }, now), now);
      await world.store.change(deployment.id, (held) => ({ deployment: held.deployment, jobs: [moved], events: [] }));
      expect((await world.store.job(job.id))?.job.restartHistory?.samples).to.deep.equal([
        { at: now, restarts: 3 },
        { at: now, restarts: 1 },
      ]);
    });
    it('of a row that moved, or was observed by a later look, are void', async () => {
      const { job } = await withJob();
      const now = await world.store.now();
      const seen = seenOf(job, { ...look, restarts: 5 }, now);
      expect(await world.store.recordSightings([{ job: { ...job, version: 9 }, seen, ageMs: () => 0 }])).to.equal(0);
      expect(await world.store.recordSightings([{ job, seen, ageMs: () => 3_600_000 }])).to.equal(0);
      expect((await world.store.job(job.id))?.job).to.deep.equal(job);
    });
    it('of a cluster that could not be asked let the age grow', async () => {
      const { job } = await withJob();
      const seen = seenOf(job, { kind: 'unreachable', message: 'refused' }, await world.store.now());
      expect(await world.store.recordSightings([{ job, seen, ageMs: () => 0 }])).to.equal(1);
      const { reachChangedAt, modifiedAt, ...row } = (await world.store.job(job.id))!.job;
      const { reachChangedAt: before, modifiedAt: madeAt, ...same } = job;
      expect(row).to.deep.equal({ ...same, flinkWord: 'UNKNOWN', unreachable: 'refused', version: 2 });
      expect(reachChangedAt.getTime()).to.be.at.least(before.getTime());
      expect(modifiedAt.getTime()).to.be.at.least(madeAt.getTime());
    });
    it('remember a job that was not found', async () => {
      const { job } = await withJob();
      const now = await world.store.now();
      const seen = seenOf(job, { kind: 'notFound', endpoint: '', fingerprint: 'jm-2', highAvailability: false }, now);
      await world.store.recordSightings([{ job, seen, ageMs: () => 0 }]);
      expect((await world.store.job(job.id))?.job.missing).to.deep.equal({ fingerprint: 'jm-2', since: now });
    });
  });
}
