import { expect } from 'chai';
import { describe, it } from 'mocha';
import { v7 as uuid } from 'uuid';
import { flinkJobId } from '../../../src/domain/job.ts';
import { throwables } from '../../../src/flink/throwables.ts';
import { until } from '../session-world.ts';
import type { ContractWorld } from './world.ts';

/** What Flink shows of itself and of jobs. */
export function jobsContract(world: ContractWorld): void {
  describe('reads', () => {
    it('a view names the JobManager and has no high availability', async () => {
      const view = await world.cluster.view();
      expect(view.fingerprint).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(view.highAvailability).to.equal(false);
      expect(await world.cluster.fingerprint()).to.equal(view.fingerprint);
    });
    it('the version is told', async () => {
      expect((await world.raw('GET', '/config')).value['flink-version']).to.equal(world.version);
    });
    it('the jar is found by its name, and not uploaded again', async () => {
      const artifact = await world.testJobs();
      expect(await world.cluster.upload(artifact)).to.equal(world.jarId);
      const files = (await world.raw('GET', '/jars')).value['files'] as { id: string; name: string }[];
      expect(files.map(({ name }) => name)).to.deep.equal([`${artifact.sha256}.jar`]);
    });
    it('an unknown job is 404, its status 500, its metrics an empty list', async () => {
      const id = flinkJobId({ id: uuid() });
      for (const [path, status] of [
        [`/jobs/${id}`, 404],
        [`/jobs/${id}/exceptions`, 404],
        [`/jobs/${id}/status`, 500],
      ] as const) {
        const answer = await world.raw('GET', path);
        expect([answer.status, answer.has('FlinkJobNotFoundException')], path).to.deep.equal([status, true]);
      }
      expect((await world.raw('GET', `/jobs/${id}/metrics?get=numRestarts`)).value).to.deep.equal([]);
      expect([await world.cluster.find(id), await world.cluster.metrics(id)]).to.deep.equal([undefined, {}]);
    });
    it('an unknown path is 404 without an exception', async () => {
      for (const method of ['GET', 'POST'] as const) {
        const answer = await world.raw(method, '/nope');
        expect([answer.status, throwables(answer.errors)], method).to.deep.equal([404, []]);
      }
    });
  });

  describe('a job', () => {
    it('runs under the id of the Job, with tasks that are ready, and counts restarts', async () => {
      const id = await world.started();
      await until(async () => (await world.cluster.view()).jobs.get(id)?.tasksReady === true);
      expect(await world.wordOf(id)).to.equal('RUNNING');
      const listed = (await world.cluster.view()).jobs.get(id);
      await until(async () => (await world.cluster.find(id))?.tasksReady === true);
      expect((await world.cluster.find(id))?.startedAtMs).to.equal(listed?.startedAtMs);
      await until(async () => (await world.cluster.metrics(id)).restarts === 0);
      await world.cluster.cancel(id);
      await until(async () => (await world.wordOf(id)) === 'CANCELED');
      await world.cluster.cancel(id);
      expect((await world.raw('PATCH', `/jobs/${id}?mode=cancel`)).status).to.equal(202);
    });
    it('that ends is FINISHED, and cannot be cancelled (409; 2.3 says 202 for a moment)', async () => {
      const id = await world.started({ mainArgs: '--max-records 5' });
      await until(async () => (await world.wordOf(id)) === 'FINISHED');
      await until(async () => (await world.raw('PATCH', `/jobs/${id}?mode=cancel`)).status === 409);
      await world.cluster.cancel(id);
      expect(await world.wordOf(id)).to.equal('FINISHED');
    });
    it('that fails tells its cause in the words of the user, or nothing while its page is older than its end', async () => {
      const id = await world.started({ mainArgs: '--fail-unrecoverably' });
      await until(async () => {
        await world.raw('GET', `/jobs/${id}`);
        return (await world.wordOf(id)) === 'FAILED';
      });
      expect(await world.rootCause(id)).to.equal('java.lang.IllegalStateException: told to fail for good');
    });
    it('without slots is RUNNING, and says what it waits for', async () => {
      const id = await world.started({ parallelism: 9 });
      await until(async () => (await world.cluster.view()).jobs.get(id)?.progress === '9 of 9 tasks wait for a slot');
      expect(await world.wordOf(id)).to.equal('RUNNING');
      await world.cluster.cancel(id);
      await until(async () => (await world.wordOf(id)) === 'CANCELED');
    });
    it('that is unknown cannot be cancelled (404)', async () => {
      const id = flinkJobId({ id: uuid() });
      const answer = await world.raw('PATCH', `/jobs/${id}?mode=cancel`);
      expect([answer.status, answer.has('FlinkJobNotFoundException')]).to.deep.equal([404, true]);
      await world.cluster.cancel(id);
    });
  });

  describe('a JobManager', () => {
    it('that was replaced has another fingerprint and no jobs, and the jar is still there', async () => {
      const id = await world.started();
      const { fingerprint } = await world.cluster.view();
      await world.subject.replaceJobManager();
      let view = await world.cluster.view().catch(() => undefined);
      await until(async () => (view ??= await world.cluster.view().catch(() => undefined)) !== undefined);
      expect(view?.fingerprint).not.to.equal(fingerprint);
      expect(view?.jobs.size).to.equal(0);
      expect(await world.cluster.find(id)).to.equal(undefined);
      const artifact = await world.testJobs();
      expect(await world.cluster.upload(artifact)).to.equal(world.jarId);
    });
  });
}
