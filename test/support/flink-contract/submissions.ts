import { expect } from 'chai';
import { describe, it } from 'mocha';
import { v7 as uuid } from 'uuid';
import { fileFetcher } from '../../../src/artifacts/file.ts';
import { flinkJobId } from '../../../src/domain/job.ts';
import { sessionDriver } from '../../../src/targets/session.ts';
import { targetAt } from '../factories.ts';
import { jarJob, until } from '../session-world.ts';
import { BAD_INTERVAL, BAD_INTERVAL_MESSAGE, CONTRACT_LIMITS, type ContractWorld } from './world.ts';

/** How Flink answers submissions. */
export function submissionsContract(world: ContractWorld): void {
  describe('a submission', () => {
    it('under an id in use, of a live or an ended job, is a duplicate', async () => {
      const duplicate = world.is23 ? 'DuplicateApplicationSubmissionException' : 'DuplicateJobSubmissionException';
      const job = jarJob();
      await world.cluster.submit(job, world.jarId);
      await until(async () => (await world.wordOf(flinkJobId(job))) === 'RUNNING');
      expect(await world.cluster.submit(job, world.jarId)).to.deep.equal({ kind: 'duplicate' });
      const answer = await world.run({ jobId: flinkJobId(job) });
      expect([answer.status, answer.has(duplicate)]).to.deep.equal([400, true]);
      await world.cluster.cancel(flinkJobId(job));
      await until(async () => (await world.wordOf(flinkJobId(job))) === 'CANCELED');
      expect(await world.cluster.submit(job, world.jarId)).to.deep.equal({ kind: 'duplicate' });
    });
    it('of three at once under one id makes one job', async () => {
      const job = jarJob();
      const answers = await Promise.all([1, 2, 3].map(() => world.cluster.submit(job, world.jarId)));
      expect(answers.map(({ kind }) => kind).sort()).to.deep.equal(
        world.is23 ? ['duplicate', 'duplicate', 'pending'] : ['accepted', 'duplicate', 'duplicate'],
      );
      await until(async () => (await world.wordOf(flinkJobId(job))) === 'RUNNING');
      await world.cluster.cancel(flinkJobId(job));
    });
    it('of a missing entry class is refused (500), and of a default that cannot be parsed (500)', async () => {
      const missing = await world.cluster.submit(jarJob({ entryClass: 'nope.Nope' }), world.jarId);
      expect(missing).to.include({ kind: 'refused' });
      expect(missing).to.have.property('message').that.contains("entry point class 'nope.Nope' was not found");
      const flinkConfiguration = { 'parallelism.default': 'x' };
      expect((await world.run({ flinkConfiguration })).status).to.equal(500);
      const bad = await world.cluster.submit(jarJob({ flinkConfiguration }), world.jarId);
      expect(bad).to.include({ kind: 'refused' });
      expect(bad).to.have.property('message').that.contains("Could not parse value 'x' for key 'parallelism.default'");
    });
    it('with a malformed id or body is refused (400)', async () => {
      for (const body of [{ jobId: 'xyz' }, { jobId: uuid() }, { parallelism: 'many' }]) {
        const answer = await world.run(body);
        expect([answer.status, answer.has('RestHandlerException')], JSON.stringify(body)).to.deep.equal([400, true]);
      }
      expect((await world.raw('POST', `/jars/${world.jarId}/run`, '{{{')).status).to.equal(400);
    });
    it('of a jar that is not there was not submitted (500)', async () => {
      const answer = await world.cluster.submit(jarJob(), 'nope.jar');
      expect(answer).to.include({ kind: 'notSubmitted' });
      expect(answer).to.have.property('message').that.contains('does not exist');
    });
    it('with an id in upper case runs under it in lower case', async () => {
      const id = flinkJobId({ id: uuid() });
      const answer = await world.run({ jobId: id.toUpperCase() });
      expect([answer.status, answer.value['jobid']]).to.deep.equal([200, id]);
      await world.cluster.cancel(id);
    });
    it('by run with a savepoint that is missing leaves the job there, FAILED', async () => {
      const jobId = flinkJobId({ id: uuid() });
      const answer = await world.run({ jobId, savepointPath: 'file:/nope/sp' });
      expect([answer.status, answer.has('JobInitializationException')]).to.deep.equal([400, true]);
      expect(await world.wordOf(jobId)).to.equal('FAILED');
      expect(await world.rootCause(jobId)).to.include('FileNotFoundException: Cannot find checkpoint or savepoint');
      await world.cluster.cancel(jobId);
    });
    it('by run of a main() that throws is 400, and there is no job', async () => {
      const jobId = flinkJobId({ id: uuid() });
      const answer = await world.run({ jobId, programArgsList: ['--poison-main'] });
      expect([answer.status, answer.has('ProgramInvocationException')]).to.deep.equal([400, true]);
      expect(await world.cluster.find(jobId)).to.equal(undefined);
    });
    it('by run of a main() that submits nothing is 400', async () => {
      const answer = await world.run({ programArgsList: ['--no-job'] });
      expect([answer.status, answer.errors]).to.satisfy(
        ([status, text]: [number, string]) => status === 400 && text.includes('No jobs included in application.'),
      );
    });

    if (world.is23) return;
    it('of a main() that throws, of a value it cannot parse, and of none that submits is refused', async () => {
      for (const [given, message] of [
        [{ mainArgs: '--poison-main' }, 'java.lang.IllegalStateException: main() was told to fail'],
        [{ flinkConfiguration: BAD_INTERVAL }, BAD_INTERVAL_MESSAGE],
        [{ mainArgs: '--no-job' }, 'org.apache.flink.runtime.rest.handler.RestHandlerException: No jobs included in application.'],
      ] as const) {
        expect(await world.cluster.submit(jarJob(given), world.jarId)).to.include({ kind: 'refused', message });
      }
    });
    it('of a slow main() is in doubt; meanwhile the id is unknown, later it runs', async () => {
      const hasty = sessionDriver({ ...CONTRACT_LIMITS, submitTimeoutMs: 2000 }, fileFetcher());
      const job = jarJob({ mainArgs: '--slow-start-seconds 4' });
      expect((await hasty.cluster(targetAt(world.subject.url)).submit(job, world.jarId)).kind).to.equal('inDoubt');
      await hasty.close();
      expect(await world.cluster.find(flinkJobId(job))).to.equal(undefined);
      await world.cluster.cancel(flinkJobId(job));
      await until(async () => (await world.wordOf(flinkJobId(job))) === 'RUNNING');
      await world.cluster.cancel(flinkJobId(job));
    });
    it('has no applications', async () => {
      const id = flinkJobId({ id: uuid() });
      expect(await world.cluster.application(id)).to.deep.equal({ kind: 'unknown' });
      await world.cluster.cancelApplication(id);
      expect((await world.run({ jobId: id }, 'run-application')).status).to.equal(404);
      expect((await world.raw('GET', `/applications/${id}`)).status).to.equal(404);
    });
  });
}
