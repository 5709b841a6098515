import { expect } from 'chai';
import { describe, it } from 'mocha';
import { flinkJobId, type Job } from '../../src/domain/job.ts';
import { hostRules } from '../../src/artifacts/hosts.ts';
import type { Fault } from '../support/flink-simulator.ts';
import { targetAt } from '../support/factories.ts';
import { failureOf, JAR, jarJob, sessionWorlds, until } from '../support/session-world.ts';

const ID = '0190000000007000800000000000000a';

describe('A session cluster, by its driver', () => {
  const { world } = sessionWorlds();

  describe('at a host that is not allowed', () => {
    for (const [allowed, isAllowed] of [
      ['10.0.0.0/8', false],
      ['public', false],
      ['127.0.0.0/8, ::1', true],
      ['localhost', 'by its name'],
    ] as const) {
      it(`${allowed}: ${isAllowed === false ? 'nothing is sent' : 'it is asked'}`, async () => {
        const { flink, driver } = await world({ limits: { allowsHost: hostRules(allowed.split(', ')).allows } });
        const { port } = new URL(flink.url);
        for (const host of ['127.0.0.1', 'localhost']) {
          const look = driver.cluster(targetAt(`http://${host}:${port}`)).view();
          if (isAllowed === true || (isAllowed === 'by its name' && host === 'localhost')) expect(await look).to.have.property('jobs');
          else expect(await failureOf(look)).to.match(/^clusterUnreachable: .*the host .* is not one of drey\.targets\.allowed-hosts/);
        }
      });
    }
  });

  describe('a look by id', () => {
    it('finds a job that the overview omits', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID).omittedFromOverview = true;
      expect((await cluster.view()).jobs.has(ID)).to.equal(false);
      expect(await cluster.find(ID)).to.include({ id: ID, word: 'RUNNING', tasksReady: true });
    });
    it('does not find one that is not there; one that comes back is found again', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID);
      const job = flink.forget(ID);
      expect(await cluster.find(ID)).to.equal(undefined);
      flink.remember(job);
      expect(await cluster.find(ID)).to.include({ word: 'RUNNING' });
    });
    it('believes the status, not the cached tasks', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID);
      flink.fault('GET /jobs/:id/status', { status: 200, body: '{"status":"RESTARTING"}' });
      expect(await cluster.find(ID)).to.include({ word: 'RESTARTING', tasksReady: false });
    });
    for (const [name, fault] of [
      ['HTML with 404', { status: 404, body: '<html>Not Found</html>' }],
      ['a JSON 404 of somebody else', { status: 404, body: '{"errors":["no such route"]}' }],
      ['a 500 without a reason', { status: 500, body: '{"errors":["Internal server error."]}' }],
    ] as [string, Fault][]) {
      it(`${name} is not "not found"`, async () => {
        const { flink, cluster } = await world();
        flink.fault('GET /jobs/:id/status', fault);
        expect(await failureOf(cluster.find(ID))).to.match(/clusterAnsweredOddly|clusterUnreachable/);
      });
    }
  });

  describe('root cause and restarts', () => {
    for (const version of ['2.3.0', '1.20.0'] as const) {
      it(`of a failed job (${version}): the user's exception`, async () => {
        const { flink, cluster } = await world({ version });
        flink.addJob(ID);
        flink.fail(ID, 'java.lang.IllegalStateException: told to fail for good');
        expect(await cluster.rootCause(ID)).to.equal('java.lang.IllegalStateException: told to fail for good');
      });
    }
    it('is not told while the page of the job is older than its end', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID);
      const running = await (await fetch(`${flink.url}/jobs/${ID}`)).text();
      flink.fail(ID, 'java.lang.IllegalStateException: told to fail for good');
      flink.fault('GET /jobs/:id', { status: 200, body: running });
      expect(await cluster.rootCause(ID)).to.equal(undefined);
      expect(await cluster.rootCause(ID)).to.equal('java.lang.IllegalStateException: told to fail for good');
    });
    it('without an entry says so', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID, 'FAILED');
      expect(await cluster.rootCause(ID)).to.equal('Flink gives no cause');
    });
    it('restarts are not known at first, then counted', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID);
      flink.restart(ID);
      expect([await cluster.metrics(ID), await cluster.metrics(ID)]).to.deep.equal([{}, { restarts: 1 }]);
      expect(await cluster.metrics('c'.repeat(32))).to.deep.equal({});
    });
  });

  describe('applications (2.3)', () => {
    it('run while main() runs, and are unknown before and on 1.20', async () => {
      const { flink, cluster } = await world();
      const release = flink.holdMains();
      const submitted = jarJob();
      const id = flinkJobId(submitted);
      expect(await cluster.application(id)).to.deep.equal({ kind: 'unknown' });
      await cluster.submit(submitted, JAR.id);
      expect(await cluster.application(id)).to.deep.equal({ kind: 'running' });
      release();
      const old = await world({ version: '1.20.0' });
      expect(await old.cluster.application(id)).to.deep.equal({ kind: 'unknown' });
      await old.cluster.cancelApplication(id);
      expect(old.flink.requests.filter(({ endpoint }) => endpoint === undefined)).to.have.lengthOf(0);
    });

    it('end with the cause of main()', async () => {
      const { flink, cluster } = await world();
      const poison = jarJob({ mainArgs: '--poison-main' });
      const empty = jarJob({ mainArgs: '--no-job' });
      for (const each of [poison, empty]) await cluster.submit(each, JAR.id);
      const ended = async (each: Job): Promise<boolean> => (await cluster.application(flinkJobId(each))).kind === 'ended';
      await until(() => ended(poison));
      await until(() => ended(empty));
      expect(await cluster.application(flinkJobId(poison))).to.deep.equal({
        kind: 'ended',
        endpoint: `GET ${flink.url}/applications/${flinkJobId(poison)}`,
        status: 'FAILED',
        cause: 'java.lang.IllegalStateException: main() was told to fail',
      });
      expect(await cluster.application(flinkJobId(empty))).to.include({ kind: 'ended', status: 'FINISHED' });
      expect(flink.jobIds()).to.deep.equal([]);
    });

    it('are not believed to be caught in CANCELING at once: a job may still come', async () => {
      const { flink, cluster } = await world();
      flink.cluster.cancelSticks = true;
      flink.holdMains();
      const submitted = jarJob();
      const id = flinkJobId(submitted);
      await cluster.submit(submitted, JAR.id);
      await cluster.cancelApplication(id);
      flink.cluster.manager.applications.get(id)!.cancelingForMs = 1000;
      expect(await cluster.application(id)).to.deep.equal({ kind: 'running' });
    });
    for (const cancelSticks of [false, true]) {
      it(`are a fence when cancelled${cancelSticks ? ', also when Flink is caught in CANCELING' : ''}`, async () => {
        const { flink, cluster } = await world();
        flink.cluster.cancelSticks = cancelSticks;
        const release = flink.holdMains();
        const submitted = jarJob();
        const id = flinkJobId(submitted);
        await cluster.submit(submitted, JAR.id);
        await cluster.cancelApplication(id);
        release();
        expect(await cluster.application(id)).to.include({ kind: 'ended', status: 'CANCELED' });
        expect(await cluster.submit(submitted, JAR.id)).to.deep.equal({ kind: 'duplicate' });
        await cluster.cancelApplication(id);
        expect(flink.jobIds()).to.deep.equal([]);
      });
    }
  });

  describe('cancel', () => {
    it('is fine whatever became of the job', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID);
      await cluster.cancel(ID);
      expect(flink.job(ID).state).to.equal('CANCELED');
      flink.finish(ID);
      await cluster.cancel(ID);
      flink.forget(ID);
      await cluster.cancel(ID);
      expect(flink.count('PATCH /jobs/:id')).to.equal(3);
    });
    it('throws when nobody understood it', async () => {
      const { flink, cluster } = await world();
      flink.fault('PATCH /jobs/:id', { status: 200, body: '<html>' });
      expect(await failureOf(cluster.cancel(ID))).to.include('clusterAnsweredOddly');
      flink.fault('PATCH /jobs/:id', 'hang');
      expect(await failureOf(cluster.cancel(ID))).to.include('clusterUnreachable');
    });
  });

  describe('budget and breaker', () => {
    it('asks at most so much at once', async () => {
      const { flink, cluster } = await world({ limits: { requestsAtOnce: 3, breakerFailures: 100, readTimeoutMs: 1000 } });
      flink.fault('GET /jobs/:id/metrics', 'hang', 3);
      const calls = Array.from({ length: 9 }, () => cluster.metrics(ID).catch(() => 'failed'));
      await flink.received('GET /jobs/:id/metrics', 3);
      expect(flink.count('GET /jobs/:id/metrics')).to.equal(3);
      const outcomes = await Promise.all(calls);
      expect(outcomes.filter((outcome) => outcome === 'failed')).to.have.lengthOf(3);
      expect(flink.count('GET /jobs/:id/metrics')).to.equal(9);
    });

    it('opens after failures in a row: refuses at once, those that wait too, and closes when one call succeeds', async () => {
      const { flink, cluster } = await world({ limits: { requestsAtOnce: 3, breakerFirstMs: 1000 } });
      flink.fault('GET /jobs/:id/metrics', 'hang', Infinity);
      const calls = Array.from({ length: 9 }, () => failureOf(cluster.metrics(ID)));
      const messages = await Promise.all(calls);
      // Those that are under way are not broken off, and three took the turns of the first.
      const refused = messages.filter((message) => message.includes('is not asked for a while'));
      expect(refused).to.have.lengthOf(3);
      expect(flink.count('GET /jobs/:id/metrics')).to.equal(6);
      const asked = flink.requests.length;
      expect(await failureOf(cluster.view()))
        .to.include('clusterUnreachable')
        .and.include('is not asked for a while');
      expect(flink.requests.length).to.equal(asked);
      flink.heal();
      await until(() =>
        cluster.view().then(
          () => true,
          () => false,
        ),
      );
      expect(await cluster.metrics(ID)).to.deep.equal({});
    });

    it('what Flink answers itself does not open it', async () => {
      const { flink, cluster } = await world();
      flink.fault('GET /jobs/:id/metrics', { status: 500, body: '{"errors":["Internal server error."]}' }, 10);
      for (let i = 0; i < 10; i++) await failureOf(cluster.metrics(ID));
      expect((await cluster.view()).jobs.size).to.equal(0);
    });

    it('a submission while it is open was not submitted; a slow one does not open it', async () => {
      const { flink, cluster } = await world({ limits: { breakerFirstMs: 60_000, breakerMostMs: 60_000 } });
      await cluster.view();
      flink.fault('POST /jars/:id/run-application', 'hang', 4);
      const answers = await Promise.all(Array.from({ length: 4 }, () => cluster.submit(jarJob(), JAR.id)));
      expect(answers.map(({ kind }) => kind)).to.deep.equal(Array(4).fill('inDoubt'));
      expect((await cluster.view()).jobs.size).to.equal(0);
      flink.fault('GET /jobs/overview', 'election', 3);
      for (let i = 0; i < 3; i++) await failureOf(cluster.view());
      expect(await cluster.submit(jarJob(), JAR.id)).to.include({ kind: 'notSubmitted' });
      expect(flink.count('POST /jars/:id/run-application')).to.equal(4);
    });

    it('two targets with one address share them', async () => {
      const { flink, driver, cluster } = await world();
      expect(driver.cluster({ ...targetAt(`${flink.url}/`), id: 'another' })).to.equal(cluster);
      expect(() => driver.cluster(targetAt('nowhere'))).to.throw('"nowhere" is not a URL');
    });
  });
});
