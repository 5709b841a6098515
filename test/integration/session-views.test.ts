import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Fault, FlinkSimulator } from '../support/flink-simulator.ts';
import { failureOf, sessionWorlds } from '../support/session-world.ts';

const ID = '0190000000007000800000000000000a';

describe('Looks at a session cluster', () => {
  const { world } = sessionWorlds();

  describe('view', () => {
    it('shows the jobs of one JobManager', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID, 'RUNNING', { running: 1, scheduled: 1 });
      const view = await cluster.view();
      expect(view).to.include({ fingerprint: flink.cluster.manager.uuid, highAvailability: false });
      expect(view.jobs.get(ID)).to.include({ word: 'RUNNING', tasksReady: false, progress: '1 of 2 tasks waits for a slot' });
      expect(view.ageMs()).to.be.within(0, 1000);
    });

    it('is one request while nothing moves', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID);
      await cluster.view();
      const before = flink.requests.length;
      flink.addJob('f'.repeat(32));
      for (let i = 0; i < 5; i++) await cluster.view();
      expect(flink.requests.slice(before).map(({ path }) => path)).to.deep.equal(Array(5).fill('/jobs/overview'));
    });

    it('is shared: one under way, one that waits for it', async () => {
      const { flink, cluster } = await world({ limits: { readTimeoutMs: 5000 } });
      flink.addJob(ID);
      await cluster.view();
      flink.fault('GET /jobs/overview', 'stall');
      const first = cluster.view().catch(() => 'broken');
      await flink.received('GET /jobs/overview', 2);
      flink.addJob('b'.repeat(32));
      const later = Array.from({ length: 50 }, () => cluster.view());
      await flink.refuse();
      await flink.listen();
      expect(await first).to.equal('broken');
      const views = await Promise.all(later);
      expect(new Set(views).size).to.equal(1);
      expect(views[0]?.jobs.has('b'.repeat(32))).to.equal(true);
      expect(flink.count('GET /jobs/overview')).to.equal(3);
    });

    it('begins after the call: whoever asks during one gets the next', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID);
      const first = cluster.view();
      await flink.received('GET /jobs/overview');
      flink.addJob('b'.repeat(32));
      expect((await cluster.view()).jobs.has('b'.repeat(32))).to.equal(true);
      await first;
    });

    for (const [name, change] of [
      ['with nothing running', (): void => undefined],
      ['that it lists jobs of', (flink: FlinkSimulator): void => void flink.addJob(ID)],
    ] as const) {
      it(`sees a new JobManager ${name}, without a failed call between`, async () => {
        const { flink, cluster } = await world();
        change(flink);
        const old = (await cluster.view()).fingerprint;
        flink.replaceJobManager({ behindProxy: true });
        const view = await cluster.view();
        expect(view.fingerprint).to.equal(flink.cluster.manager.uuid).and.not.to.equal(old);
        expect(view.jobs.size).to.equal(0);
      });
    }

    it('sees a new JobManager that recovered the jobs', async () => {
      const { flink, cluster } = await world({ highAvailability: true });
      flink.addJob(ID);
      const old = await cluster.view();
      flink.replaceJobManager({ recover: true, behindProxy: true });
      const view = await cluster.view();
      expect(view.highAvailability).to.equal(true);
      expect(view.fingerprint).to.equal(flink.cluster.manager.uuid).and.not.to.equal(old.fingerprint);
      expect(view.jobs.get(ID)?.startedAtMs).not.to.equal(old.jobs.get(ID)?.startedAtMs);
    });

    it('never gives the overview of one with the fingerprint of another', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID);
      const first = cluster.view();
      await flink.received('GET /jobmanager/config');
      // The overview may come from either; the fingerprint must be of the same.
      flink.replaceJobManager();
      const view = await first.catch(() => cluster.view());
      expect([view.fingerprint, view.jobs.size]).to.deep.equal([flink.cluster.manager.uuid, 0]);
    });

    it('reads the fingerprint again after any failed call, and when a job vanishes', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID);
      flink.addJob('b'.repeat(32));
      await cluster.view();
      const reads = (): number => flink.count('GET /jobmanager/config');
      const before = reads();
      flink.forget('b'.repeat(32));
      await cluster.view();
      expect(reads()).to.equal(before + 1);
      flink.fault('GET /jobs/:id/metrics', 'reset');
      await cluster.metrics(ID).catch(() => undefined);
      await cluster.view();
      expect(reads()).to.equal(before + 2);
      await cluster.view();
      expect(reads()).to.equal(before + 2);
    });

    it('lists an unknown word as such', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID, 'HIBERNATING');
      expect((await cluster.view()).jobs.get(ID)).to.include({ word: undefined });
    });

    const MIB = 1024 * 1024;
    const faults: [string, Fault, 'clusterUnreachable' | 'clusterAnsweredOddly'][] = [
      ['hangs', 'hang', 'clusterUnreachable'],
      ['stalls half way', 'stall', 'clusterUnreachable'],
      ['resets the connection', 'reset', 'clusterUnreachable'],
      ['has no leader', 'election', 'clusterUnreachable'],
      ['is a proxy with 502', { status: 502, body: '<html>Bad Gateway</html>' }, 'clusterUnreachable'],
      ['breaks inside', { status: 500, body: '{"errors":["Internal server error."]}' }, 'clusterUnreachable'],
      ['answers HTML with 200', { status: 200, body: '<html>Welcome</html>' }, 'clusterAnsweredOddly'],
      ['answers half a JSON', { status: 200, body: '{"jobs":[{' }, 'clusterAnsweredOddly'],
      ['answers another JSON', { status: 200, body: '{"jobs":"none"}' }, 'clusterAnsweredOddly'],
      ['redirects', { status: 302, body: '', headers: { location: '/login' } }, 'clusterAnsweredOddly'],
      ['says 404', { status: 404, body: 'Not Found' }, 'clusterAnsweredOddly'],
      ['says 401', { status: 401, body: '' }, 'clusterAnsweredOddly'],
    ];
    for (const [name, fault, code] of faults) {
      it(`of a cluster that ${name}: ${code}, with its address`, async () => {
        const { flink, cluster } = await world();
        flink.addJob(ID);
        await cluster.view();
        flink.fault('GET /jobs/overview', fault);
        const error = await failureOf(cluster.view());
        expect(error).to.include(code).and.include(`${flink.url}/jobs/overview`);
        expect((await cluster.view()).jobs.size).to.equal(1);
      });
    }

    it('of 10 MB is read, an answer of another kind is cut at 1 MiB', async () => {
      const { flink, cluster } = await world({ limits: { readTimeoutMs: 5000 } });
      const body = JSON.stringify({ jobs: [], padding: 'x'.repeat(10 * MIB) });
      flink.fault('GET /jobs/overview', { status: 200, body });
      expect((await cluster.view()).jobs.size).to.equal(0);
      flink.fault('GET /jobs/:id/metrics', { status: 200, body });
      expect(await failureOf(cluster.metrics(ID))).to.include('larger than 1048576 bytes');
    });
  });
});
