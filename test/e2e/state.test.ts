import { expect } from 'chai';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { client, deploymentIn, eventually, flinkId, flinkJobs, jobIn, type Client, type SavepointView } from '../support/client.ts';
import { countsOf, type Counts } from '../support/counts.ts';
import { daemonWorld, type DaemonWorld } from '../support/daemon.ts';
import { privateFlink, type PrivateFlink } from '../support/servers.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

const STATEFUL = { upgradeStrategy: { kind: 'STATEFUL' }, restoreStrategy: { kind: 'LATEST_STATE' } };

for (const version of ['2.3.0', '1.20.0'] as const) {
  describe(`the state of a Deployment on Flink ${version}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'drey-test-state-'));
    let flink: PrivateFlink;
    let world: DaemonWorld;
    let api: Client;
    let jarUri: string;
    before(async () => {
      [flink, world] = await Promise.all([privateFlink({ version, slots: 20 }), daemonWorld()]);
      await world.start();
      api = client(world.apiUrl);
      jarUri = `file:${flink.jarPath}`;
      await api.declareTarget('session', flink.restUrl);
    });
    after(async () => {
      await world.stop();
      await flink.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const run = (name: string, mainArgs = '--rate 50', more: Partial<Parameters<Client['create']>[1]> = {}) =>
      api.create(name, { target: 'session', jarUri, mainArgs, ...more, spec: { ...STATEFUL, ...more.spec } });
    const counted = (id: string, accept: (counts: Counts) => boolean): Promise<Counts> =>
      eventually(
        () => countsOf(flink.restUrl, id),
        (counts) => counts !== undefined && accept(counts),
      ).then((counts) => counts!);
    const savepoint = (name: string, accept: (all: readonly SavepointView[]) => boolean) => eventually(() => api.savepoints(name), accept);
    const flinkState = async (id: string): Promise<string | undefined> =>
      (await flinkJobs(flink.restUrl)).find(({ jid }) => jid === id)?.state;

    it('is carried on by a suspended Deployment that is started again', async () => {
      await run('suspended');
      const first = await jobIn(api, 'suspended', ['STARTED']);
      const before = await counted(flinkId(first), ({ count }) => count >= 30);
      await api.patch('suspended', { state: 'SUSPENDED' });
      await deploymentIn(api, 'suspended', 'SUSPENDED');
      expect((await api.jobs('suspended')).map(({ status }) => status.state)).to.deep.equal(['TERMINATED']);
      expect(await flinkState(flinkId(first))).to.equal('FINISHED');
      const [taken] = await api.savepoints('suspended');
      expect(taken?.status.state).to.equal('COMPLETED');
      expect(taken?.metadata).to.include({ origin: 'SUSPEND', jobId: first.metadata.id });

      await api.patch('suspended', { state: 'RUNNING' });
      const second = await jobIn(api, 'suspended', ['STARTED']);
      expect(second.metadata.id).to.not.equal(first.metadata.id);
      expect(second.spec.savepointLocation).to.equal(taken?.spec.savepointLocation);
      const { restored } = await counted(flinkId(second), (counts) => counts.restored > 0);
      expect(restored).to.be.at.least(before.count);
      await api.patch('suspended', { state: 'CANCELLED' });
    });

    it('is carried on by an upgrade that is STATEFUL, and not by one that is STATELESS', async () => {
      await run('upgraded');
      const first = await jobIn(api, 'upgraded', ['STARTED']);
      await counted(flinkId(first), ({ count }) => count >= 30);
      const upgraded = async (parallelism: number) => {
        await api.patch('upgraded', { template: { spec: { parallelism } } });
        const jobs = await eventually(
          () => api.jobs('upgraded'),
          (all) => all.at(-1)?.spec.parallelism === parallelism && all.at(-1)?.status.state === 'STARTED',
        );
        return jobs.at(-1)!;
      };
      const second = await upgraded(2);
      const [taken] = await api.savepoints('upgraded');
      expect(taken?.metadata).to.include({ origin: 'SUSPEND_AND_UPGRADE', jobId: first.metadata.id });
      expect(second.spec.savepointLocation).to.equal(taken?.spec.savepointLocation);
      expect(taken?.spec.savepointLocation).to.include(`/default/upgraded/${taken!.metadata.id}/savepoint-`);
      expect((await counted(flinkId(second), ({ restored }) => restored > 0)).restored).to.be.at.least(30);

      await api.patch('upgraded', { upgradeStrategy: { kind: 'STATELESS' } });
      const third = await upgraded(1);
      expect(third.spec.savepointLocation).to.equal(undefined);
      expect((await counted(flinkId(third), ({ count }) => count > 0)).restored).to.equal(0);
      await api.patch('upgraded', { state: 'CANCELLED' });
      await deploymentIn(api, 'upgraded', 'CANCELLED');
    });

    it('is never given up: without a savepoint the Job runs on, and the Deployment is FAILED after the fourth try', async () => {
      const place = join(folder, 'blocked');
      writeFileSync(place, 'no directory can be made here');
      await run('blocked', '--rate 50', { flinkConfiguration: { 'execution.checkpointing.savepoint-dir': `file:${place}` } });
      const job = await jobIn(api, 'blocked', ['STARTED']);
      await api.patch('blocked', { state: 'SUSPENDED' });
      const { status } = await deploymentIn(api, 'blocked', 'FAILED');
      expect(status.failure?.reason).to.equal('SavepointsFailed');
      expect(status.failure?.message).to.match(/4 savepoints failed/);
      const failed = await api.savepoints('blocked');
      expect(failed.map((one) => [one.metadata.origin, one.status.state])).to.deep.equal(Array(4).fill(['SUSPEND', 'FAILED']));
      expect((await api.events('blocked')).map(({ metadata }) => metadata.name)).to.include('TOO_MANY_FAILED_SUSPENSION_ATTEMPTS');
      expect((await jobIn(api, 'blocked', ['STARTED'])).metadata.id).to.equal(job.metadata.id);
      expect(await flinkState(flinkId(job))).to.equal('RUNNING');

      rmSync(place);
      await api.patch('blocked', { state: 'RUNNING' });
      await deploymentIn(api, 'blocked', 'RUNNING');
      await api.patch('blocked', { state: 'SUSPENDED' });
      await deploymentIn(api, 'blocked', 'SUSPENDED');
      expect((await api.savepoints('blocked')).at(-1)?.status.state).to.equal('COMPLETED');
      expect(await flinkState(flinkId(job))).to.equal('FINISHED');
    });

    it('lies in one savepoint when the daemon is killed before its stop request is answered', async () => {
      const proxy = await tcpProxy(Number(new URL(flink.restUrl).port));
      try {
        await api.declareTarget('held', `http://localhost:${proxy.port}`);
        await run('killed', '--rate 50', { target: 'held' });
        const job = await jobIn(api, 'killed', ['STARTED']);
        proxy.hold('/stop', 3000);
        await api.patch('killed', { state: 'SUSPENDED' });
        await eventually(
          () => Promise.resolve(proxy.held()),
          (held) => held === 1,
        );
        await world.end('SIGKILL');
        proxy.hold('nothing', 0);
        await eventually(
          () => flinkState(flinkId(job)),
          (state) => state === 'FINISHED',
        );
        await world.start();
        await deploymentIn(api, 'killed', 'SUSPENDED');
        const [taken, ...others] = await api.savepoints('killed');
        expect(others).to.deep.equal([]);
        expect(taken?.status.state).to.equal('COMPLETED');
        expect(readdirSync(taken!.status.directory!.replace(/^file:\/*/, '/'))).to.have.length(1);
        expect((await jobIn(api, 'killed', ['TERMINATED'])).metadata.id).to.equal(job.metadata.id);
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
      const { status } = await deploymentIn(api, 'poisoned', 'FAILED', 120_000);
      expect(status.failure?.reason).to.equal('JobsFailed');
      const jobs = await api.jobs('poisoned');
      expect(jobs.map((one) => one.status.state)).to.deep.equal(['FAILED', 'FAILED', 'FAILED']);
      const kept = await api.savepoints('poisoned');
      expect(kept.map(({ metadata }) => metadata.origin)).to.deep.equal(kept.map(() => 'RETAINED_CHECKPOINT'));
      expect(jobs[0]?.spec.savepointLocation).to.equal(undefined);
      for (const job of jobs.slice(1)) {
        expect(job.spec.savepointLocation).to.match(/\/chk-\d+$/);
        expect(kept.map(({ spec }) => spec.savepointLocation)).to.include(job.spec.savepointLocation);
      }
    });

    it('is taken while the Job runs on, and deleted with its files once nothing needs it', async () => {
      await run('asked');
      const job = await jobIn(api, 'asked', ['STARTED']);
      const asked = await api.takeSavepoint('asked');
      expect(asked.metadata).to.include({ origin: 'USER_REQUEST', jobId: job.metadata.id });
      const [older] = await savepoint('asked', ([one]) => one?.status.state === 'COMPLETED');
      expect((await jobIn(api, 'asked', ['STARTED'])).metadata.id).to.equal(job.metadata.id);
      const path = older!.spec.savepointLocation!.replace(/^file:\/*/, '/');
      expect(existsSync(join(path, '_metadata'))).to.equal(true);
      await api.deleteSavepoint(older!.metadata.id).then(
        () => expect.fail('the next Job would start from it'),
        (error: unknown) => expect(String(error)).to.match(/409 .*would start from it/),
      );
      await api.takeSavepoint('asked');
      await savepoint('asked', (all) => all.length === 2 && all.every(({ status }) => status.state === 'COMPLETED'));
      await api.deleteSavepoint(older!.metadata.id);
      expect(await api.savepoints('asked')).to.have.length(1);
      await eventually(
        () => Promise.resolve(existsSync(path)),
        (exists) => !exists,
      );
      await api.patch('asked', { state: 'CANCELLED' });
    });
  });
}
