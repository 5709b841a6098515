import { expect } from 'chai';
import { describe, it } from 'mocha';
import { flinkJobId } from '../../src/domain/job.ts';
import type { Fault } from '../support/flink-simulator.ts';
import { JAR, jarJob, sessionWorlds, until } from '../support/session-world.ts';

describe('Submissions to a session cluster', () => {
  const { world } = sessionWorlds();

  describe('submissions', () => {
    it('hand out so many places', async () => {
      const { cluster } = await world({ limits: { submissionsAtOnce: 2 } });
      const places = [cluster.submissionSlot(), cluster.submissionSlot()];
      expect(cluster.submissionSlot()).to.equal(undefined);
      places[0]?.();
      places[0]?.();
      expect(cluster.submissionSlot()).to.be.a('function');
      expect(cluster.submissionSlot()).to.equal(undefined);
    });

    for (const version of ['2.3.0', '1.20.0'] as const) {
      describe(version, () => {
        const endpoint = version === '2.3.0' ? 'POST /jars/:id/run-application' : 'POST /jars/:id/run';

        it('runs under the id of the Job', async () => {
          const { flink, cluster } = await world({ version });
          const submitted = jarJob();
          expect(await cluster.submit(submitted, JAR.id)).to.deep.equal({ kind: version === '2.3.0' ? 'pending' : 'accepted' });
          await until(() => flink.jobIds().length > 0);
          expect(flink.jobIds()).to.deep.equal([flinkJobId(submitted)]);
          const body: unknown = JSON.parse(flink.requests.find((request) => request.endpoint === endpoint)!.body);
          expect(body).to.include({ jobId: flinkJobId(submitted), parallelism: 1 });
        });

        it('is a duplicate under an id that was used', async () => {
          const { flink, cluster } = await world({ version });
          const submitted = jarJob();
          await cluster.submit(submitted, JAR.id);
          await until(() => flink.jobIds().length > 0);
          flink.finish(flinkJobId(submitted));
          expect(await cluster.submit(submitted, JAR.id)).to.deep.equal({ kind: 'duplicate' });
        });

        it('of a missing entry class is refused, in words', async () => {
          const { cluster } = await world({ version });
          const answer = await cluster.submit(jarJob({ entryClass: 'nope.Nope' }), JAR.id);
          expect(answer.kind).to.equal('refused');
          expect(answer).to.have.property('message').that.contains("'nope.Nope' was not found");
        });

        it('of an open quote is refused without being sent', async () => {
          const { flink, cluster } = await world({ version });
          expect(await cluster.submit(jarJob({ mainArgs: '"open' }), JAR.id)).to.include({ kind: 'refused' });
          expect(flink.requests).to.have.lengthOf(0);
        });

        it('of a jar that is gone was not submitted', async () => {
          const { cluster } = await world({ version });
          expect(await cluster.submit(jarJob(), 'gone.jar')).to.include({ kind: 'notSubmitted' });
        });

        for (const [name, fault, kind] of [
          ['that hangs', 'hang', 'inDoubt'],
          ['that takes effect without an answer', 'hangAfterwards', 'inDoubt'],
          ['whose answer stalls', 'stall', 'inDoubt'],
          ['whose connection breaks', 'reset', 'inDoubt'],
          ['answered with HTML', { status: 200, body: '<html>' }, 'inDoubt'],
          ['redirected', { status: 302, body: '', headers: { location: '/' } }, 'inDoubt'],
          ['without a leader', 'election', 'notSubmitted'],
        ] as [string, Fault, string][]) {
          it(`${name}: ${kind}, and never a second POST`, async () => {
            const { flink, cluster } = await world({ version });
            flink.fault(endpoint, fault);
            expect((await cluster.submit(jarJob(), JAR.id)).kind).to.equal(kind);
            expect(flink.count(endpoint)).to.equal(1);
          });
        }

        it('to a cluster that refuses connections was not submitted', async () => {
          const { flink, cluster } = await world({ version });
          await cluster.view();
          await cluster.submit(jarJob(), 'gone.jar');
          await flink.refuse();
          expect(await cluster.submit(jarJob(), JAR.id)).to.include({ kind: 'notSubmitted' });
        });
      });
    }

    it('a slow main() (1.20) is in doubt, and its job comes later', async () => {
      const { flink, cluster } = await world({ version: '1.20.0' });
      const release = flink.holdMains();
      const submitted = jarJob();
      expect((await cluster.submit(submitted, JAR.id)).kind).to.equal('inDoubt');
      expect(await cluster.find(flinkJobId(submitted))).to.equal(undefined);
      release();
      await until(async () => (await cluster.find(flinkJobId(submitted))) !== undefined);
    });

    it('a main() that throws (1.20) is refused; if its job is there all the same, it is accepted', async () => {
      const { flink, cluster } = await world({ version: '1.20.0' });
      const submitted = jarJob({ mainArgs: '--poison-main' });
      expect(await cluster.submit(submitted, JAR.id)).to.deep.equal({
        kind: 'refused',
        endpoint: `POST ${flink.url}/jars/${JAR.id}/run`,
        message: 'java.lang.IllegalStateException: main() was told to fail',
      });
      flink.addJob(flinkJobId(submitted));
      expect(await cluster.submit(submitted, JAR.id)).to.deep.equal({ kind: 'accepted' });
      flink.fault('GET /jobs/:id/status', 'reset');
      expect((await cluster.submit(submitted, JAR.id)).kind).to.equal('inDoubt');
    });

    it('an older Flink that came back under the address: not submitted, then by run', async () => {
      const { flink, cluster } = await world();
      await cluster.submit(jarJob(), JAR.id);
      flink.fault('POST /jars/:id/run-application', { status: 404, body: '{"errors":["Not found: /jars/jar-1/run-application"]}' });
      flink.fault('GET /config', { status: 200, body: '{"flink-version":"1.20.0"}' });
      expect((await cluster.submit(jarJob(), JAR.id)).kind).to.equal('notSubmitted');
      expect((await cluster.submit(jarJob(), JAR.id)).kind).to.equal('accepted');
      expect(flink.count('POST /jars/:id/run')).to.equal(1);
    });
  });
});
