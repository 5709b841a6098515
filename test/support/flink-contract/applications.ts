import { expect } from 'chai';
import { describe, it } from 'mocha';
import { v7 as uuid } from 'uuid';
import { flinkJobId } from '../../../src/domain/job.ts';
import { jarJob, until } from '../session-world.ts';
import { BAD_INTERVAL, BAD_INTERVAL_MESSAGE, type ContractWorld } from './world.ts';

/** What becomes of applications (2.3). */
export function applicationsContract(world: ContractWorld): void {
  describe('an application (2.3)', () => {
    it('that is unknown is 500 when read and 404 when cancelled', async () => {
      const id = flinkJobId({ id: uuid() });
      for (const [method, path, status] of [
        ['GET', `/applications/${id}`, 500],
        ['GET', `/applications/${id}/exceptions`, 500],
        ['POST', `/applications/${id}/cancel`, 404],
      ] as const) {
        const answer = await world.raw(method, path);
        expect([answer.status, answer.has('FlinkApplicationNotFoundException')], path).to.deep.equal([status, true]);
      }
      expect(await world.cluster.application(id)).to.deep.equal({ kind: 'unknown' });
      await world.cluster.cancelApplication(id);
    });
    it('ends FAILED with the cause of main(), FINISHED without a job, and leaves none', async () => {
      for (const [given, state] of [
        [{ mainArgs: '--poison-main' }, { status: 'FAILED', cause: 'java.lang.IllegalStateException: main() was told to fail' }],
        [{ flinkConfiguration: BAD_INTERVAL }, { status: 'FAILED', cause: BAD_INTERVAL_MESSAGE }],
        [{ mainArgs: '--no-job' }, { status: 'FINISHED' }],
      ] as const) {
        const job = jarJob(given);
        expect(await world.cluster.submit(job, world.jarId)).to.deep.equal({ kind: 'pending' });
        await until(() => world.ended(flinkJobId(job)));
        expect(await world.cluster.application(flinkJobId(job))).to.include({ kind: 'ended', ...state });
        expect(await world.cluster.find(flinkJobId(job))).to.equal(undefined);
        expect(await world.cluster.submit(job, world.jarId)).to.deep.equal({ kind: 'duplicate' });
      }
    });
    it('answers at once while main() is slow: running, its id taken, its job to come', async () => {
      const job = jarJob({ mainArgs: '--slow-start-seconds 2' });
      const id = flinkJobId(job);
      expect(await world.cluster.submit(job, world.jarId)).to.deep.equal({ kind: 'pending' });
      expect(await world.cluster.application(id)).to.deep.equal({ kind: 'running' });
      expect(await world.cluster.find(id)).to.equal(undefined);
      await world.cluster.cancel(id);
      expect(await world.cluster.submit(job, world.jarId)).to.deep.equal({ kind: 'duplicate' });
      await until(async () => (await world.wordOf(id)) === 'RUNNING');
      // Not by its application: cancelled while main() is still in execute(), that may leave the job running.
      await world.cluster.cancel(id);
      await until(async () => (await world.wordOf(id)) === 'CANCELED');
      await until(() => world.ended(id));
      // 202 for a moment, while it is being archived.
      await until(async () => (await world.raw('POST', `/applications/${id}/cancel`)).status === 404);
    });
    it('that is cancelled during main() leaves no job and keeps its id', async () => {
      // Eight times, since Flink is caught in CANCELING in one of six cases (which takes 5 s to believe).
      const jobs = Array.from({ length: 8 }, () => jarJob({ mainArgs: '--slow-start-seconds 3' }));
      for (const job of jobs) {
        await world.cluster.submit(job, world.jarId);
        await world.cluster.cancelApplication(flinkJobId(job));
      }
      for (const job of jobs) {
        await until(() => world.ended(flinkJobId(job)));
        expect(await world.cluster.application(flinkJobId(job))).to.include({ kind: 'ended', status: 'CANCELED' });
        expect(await world.cluster.submit(job, world.jarId)).to.deep.equal({ kind: 'duplicate' });
        expect(await world.cluster.find(flinkJobId(job))).to.equal(undefined);
      }
    });
  });
}
