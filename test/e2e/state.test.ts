import { expect } from 'chai';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'mocha';
import { deploymentIn, eventually, flinkId, jobIn, type Client, type SavepointView } from '../support/client.ts';
import { countsOf, type Counts } from '../support/counts.ts';
import { flinkWorld } from '../support/flink-world.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

const STATEFUL = { upgradeStrategy: { kind: 'STATEFUL' }, restoreStrategy: { kind: 'LATEST_STATE' } };

for (const version of ['2.3.0', '1.20.0'] as const) {
  describe(`the state of a Deployment on Flink ${version}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'drey-test-state-'));
    const world = flinkWorld({ version, slots: 20 });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const run = (name: string, mainArgs = '--rate 50', more: Partial<Parameters<Client['create']>[1]> = {}) =>
      world.run(name, mainArgs, { ...more, spec: { ...STATEFUL, ...more.spec } });
    const counted = (id: string, accept: (counts: Counts) => boolean): Promise<Counts> =>
      eventually(
        () => countsOf(world.flink.restUrl, id),
        (counts) => counts !== undefined && accept(counts),
      ).then((counts) => counts!);
    const savepoint = (name: string, accept: (all: readonly SavepointView[]) => boolean) =>
      eventually(() => world.api.savepoints(name), accept);

    it('is carried on by a suspended Deployment that is started again', async () => {
      await run('suspended');
      const first = await jobIn(world.api, 'suspended', ['STARTED']);
      const before = await counted(flinkId(first), ({ count }) => count >= 30);
      await world.api.patch('suspended', { state: 'SUSPENDED' });
      await deploymentIn(world.api, 'suspended', 'SUSPENDED');
      expect((await world.api.jobs('suspended')).map(({ status }) => status.state)).to.deep.equal(['TERMINATED']);
      expect(await world.flinkState(flinkId(first))).to.equal('FINISHED');
      const [taken] = await world.api.savepoints('suspended');
      expect(taken?.status.state).to.equal('COMPLETED');
      expect(taken?.metadata).to.include({ origin: 'SUSPEND', jobId: first.metadata.id });

      await world.api.patch('suspended', { state: 'RUNNING' });
      const second = await jobIn(world.api, 'suspended', ['STARTED']);
      expect(second.metadata.id).to.not.equal(first.metadata.id);
      expect(second.spec.savepointLocation).to.equal(taken?.spec.savepointLocation);
      const { restored } = await counted(flinkId(second), (counts) => counts.restored > 0);
      expect(restored).to.be.at.least(before.count);
      await world.api.patch('suspended', { state: 'CANCELLED' });
    });

    it('is carried on by an upgrade that is STATEFUL, and not by one that is STATELESS', async () => {
      await run('upgraded');
      const first = await jobIn(world.api, 'upgraded', ['STARTED']);
      await counted(flinkId(first), ({ count }) => count >= 30);
      const upgraded = async (parallelism: number) => {
        await world.api.patch('upgraded', { template: { spec: { parallelism } } });
        const jobs = await eventually(
          () => world.api.jobs('upgraded'),
          (all) => all.at(-1)?.spec.parallelism === parallelism && all.at(-1)?.status.state === 'STARTED',
        );
        return jobs.at(-1)!;
      };
      const second = await upgraded(2);
      const [taken] = await world.api.savepoints('upgraded');
      expect(taken?.metadata).to.include({ origin: 'SUSPEND_AND_UPGRADE', jobId: first.metadata.id });
      expect(second.spec.savepointLocation).to.equal(taken?.spec.savepointLocation);
      expect(taken?.spec.savepointLocation).to.include(`/default/upgraded/${taken!.metadata.id}/savepoint-`);
      expect((await counted(flinkId(second), ({ restored }) => restored > 0)).restored).to.be.at.least(30);

      await world.api.patch('upgraded', { upgradeStrategy: { kind: 'STATELESS' } });
      const third = await upgraded(1);
      expect(third.spec.savepointLocation).to.equal(undefined);
      expect((await counted(flinkId(third), ({ count }) => count > 0)).restored).to.equal(0);
      await world.api.patch('upgraded', { state: 'CANCELLED' });
      await deploymentIn(world.api, 'upgraded', 'CANCELLED');
    });

    it('is never given up: without a savepoint the Job runs on, and the Deployment is FAILED after the fourth try', async () => {
      const place = join(folder, 'blocked');
      writeFileSync(place, 'no directory can be made here');
      await run('blocked', '--rate 50', { flinkConfiguration: { 'execution.checkpointing.savepoint-dir': `file:${place}` } });
      const job = await jobIn(world.api, 'blocked', ['STARTED']);
      await world.api.patch('blocked', { state: 'SUSPENDED' });
      const { status } = await deploymentIn(world.api, 'blocked', 'FAILED');
      expect(status.failure?.reason).to.equal('SavepointsFailed');
      expect(status.failure?.message).to.match(/4 savepoints failed/);
      const failed = await world.api.savepoints('blocked');
      expect(failed.map((one) => [one.metadata.origin, one.status.state])).to.deep.equal(Array(4).fill(['SUSPEND', 'FAILED']));
      expect((await world.api.events('blocked')).map(({ metadata }) => metadata.name)).to.include('TOO_MANY_FAILED_SUSPENSION_ATTEMPTS');
      expect((await jobIn(world.api, 'blocked', ['STARTED'])).metadata.id).to.equal(job.metadata.id);
      expect(await world.flinkState(flinkId(job))).to.equal('RUNNING');

      rmSync(place);
      await world.api.patch('blocked', { state: 'RUNNING' });
      await deploymentIn(world.api, 'blocked', 'RUNNING');
      await world.api.patch('blocked', { state: 'SUSPENDED' });
      await deploymentIn(world.api, 'blocked', 'SUSPENDED');
      expect((await world.api.savepoints('blocked')).at(-1)?.status.state).to.equal('COMPLETED');
      expect(await world.flinkState(flinkId(job))).to.equal('FINISHED');
    });

    it('lies in one savepoint when the daemon is killed before its stop request is answered', async () => {
      const proxy = await tcpProxy(Number(new URL(world.flink.restUrl).port));
      try {
        await world.api.declareTarget('held', `http://localhost:${proxy.port}`);
        await run('killed', '--rate 50', { target: 'held' });
        const job = await jobIn(world.api, 'killed', ['STARTED']);
        proxy.hold('/stop', 3000);
        await world.api.patch('killed', { state: 'SUSPENDED' });
        await eventually(
          () => Promise.resolve(proxy.held()),
          (held) => held === 1,
        );
        await world.daemon.end('SIGKILL');
        proxy.hold('nothing', 0);
        await eventually(
          () => world.flinkState(flinkId(job)),
          (state) => state === 'FINISHED',
        );
        await world.daemon.start();
        await deploymentIn(world.api, 'killed', 'SUSPENDED');
        const [taken, ...others] = await world.api.savepoints('killed');
        expect(others).to.deep.equal([]);
        expect(taken?.status.state).to.equal('COMPLETED');
        expect(readdirSync(taken!.status.directory!.replace(/^file:\/*/, '/'))).to.have.length(1);
        expect((await jobIn(world.api, 'killed', ['TERMINATED'])).metadata.id).to.equal(job.metadata.id);
      } finally {
        await proxy.close();
      }
    });

    it('of a job that a poisoned record fails again and again is carried on from its last checkpoint, within the attempts', async () => {
      await run('poisoned', '--rate 50 --fail-after-records 200 --checkpoint-seconds 1', {
        flinkConfiguration: {
          'restart-strategy.type': 'fixed-delay',
          'restart-strategy.fixed-delay.attempts': '3',
          'restart-strategy.fixed-delay.delay': '200 ms',
        },
        spec: { maxJobCreationAttempts: 3 },
      });
      const { status } = await deploymentIn(world.api, 'poisoned', 'FAILED', 120_000);
      expect(status.failure?.reason).to.equal('JobsFailed');
      const jobs = await world.api.jobs('poisoned');
      expect(jobs.map((one) => one.status.state)).to.deep.equal(['FAILED', 'FAILED', 'FAILED']);
      const kept = await world.api.savepoints('poisoned');
      expect(kept.map(({ metadata }) => metadata.origin)).to.deep.equal(kept.map(() => 'RETAINED_CHECKPOINT'));
      expect(jobs[0]?.spec.savepointLocation).to.equal(undefined);
      for (const job of jobs.slice(1)) {
        expect(job.spec.savepointLocation).to.match(/\/chk-\d+$/);
        expect(kept.map(({ spec }) => spec.savepointLocation)).to.include(job.spec.savepointLocation);
      }
    });

    it('is taken while the Job runs on, and deleted with its files once nothing needs it', async () => {
      await run('asked');
      const job = await jobIn(world.api, 'asked', ['STARTED']);
      const asked = await world.api.takeSavepoint('asked');
      expect(asked.metadata).to.include({ origin: 'USER_REQUEST', jobId: job.metadata.id });
      const [older] = await savepoint('asked', ([one]) => one?.status.state === 'COMPLETED');
      expect((await jobIn(world.api, 'asked', ['STARTED'])).metadata.id).to.equal(job.metadata.id);
      const path = older!.spec.savepointLocation!.replace(/^file:\/*/, '/');
      expect(existsSync(join(path, '_metadata'))).to.equal(true);
      await world.api.deleteSavepoint(older!.metadata.id).then(
        () => expect.fail('the next Job would start from it'),
        (error: unknown) => expect(String(error)).to.match(/409 .*would start from it/),
      );
      await world.api.takeSavepoint('asked');
      await savepoint('asked', (all) => all.length === 2 && all.every(({ status }) => status.state === 'COMPLETED'));
      await world.api.deleteSavepoint(older!.metadata.id);
      expect(await world.api.savepoints('asked')).to.have.length(1);
      await eventually(
        () => Promise.resolve(existsSync(path)),
        (exists) => !exists,
      );
      await world.api.patch('asked', { state: 'CANCELLED' });
    });
  });
}
