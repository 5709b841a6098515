import { expect } from 'chai';
import { Redis } from 'ioredis';
import { describe, it } from 'mocha';
import { deploymentIn, eventually, flinkId, flinkJobs, jobIn, type Client } from '../support/client.ts';
import { flinkWorld } from '../support/flink-world.ts';
import { freePort } from '../../src/embedded/addresses.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

for (const version of ['2.3.0', '1.20.0'] as const) {
  describe(`a Deployment on Flink ${version}`, () => {
    const world = flinkWorld({ version, slots: 20 });
    const { run, flinkState } = world;

    it('of a finite job ends FINISHED', async () => {
      await run('finite', '--rate 1000 --max-records 500');
      await deploymentIn(world.api, 'finite', 'FINISHED');
      const job = await jobIn(world.api, 'finite', ['FINISHED']);
      expect(await flinkState(flinkId(job))).to.equal('FINISHED');
    });

    it('of a job that fails for good is FAILED after four Jobs, each with the root cause, further and further apart', async () => {
      await run('failing', '--fail-unrecoverably', { spec: { maxJobCreationAttempts: 4 } });
      await deploymentIn(world.api, 'failing', 'FAILED', 90_000);
      const jobs = await world.api.jobs('failing');
      expect(jobs.map(({ status }) => status.state)).to.deep.equal(['FAILED', 'FAILED', 'FAILED', 'FAILED']);
      for (const { status } of jobs) expect(status.failure?.message).to.include('told to fail for good');
      const waits = jobs.slice(1).map((job, i) => Date.parse(job.metadata.createdAt) - Date.parse(jobs[i]!.metadata.terminatedAt!));
      // A busy machine makes any of them longer.
      [500, 1000, 2000].forEach((leastMs, i) => expect(waits[i]).to.be.at.least(leastMs));
      expect((await world.api.events('failing')).map(({ metadata }) => metadata.name)).to.include('TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS');
    });

    const once = { spec: { maxJobCreationAttempts: 1 } };
    const refusals: [string, string, Partial<Parameters<Client['create']>[1]>, RegExp][] = [
      ['a main() that throws', '--poison-main', {}, /IllegalStateException: main\(\) was told to fail/],
      ['a main() that submits nothing', '--no-job', {}, /without submitting|No jobs included/],
      ['a missing entry class', '', { entryClass: 'no.such.Main' }, /no\.such\.Main/],
      ['a missing jar', '', { jarUri: 'file:/no/such/job.jar' }, /file:\/no\/such\/job\.jar.*no such file/is],
    ];
    refusals.forEach(([what, mainArgs, more, message], index) => {
      it(`says what is wrong with ${what}`, async () => {
        const name = `refused-${index}`;
        await run(name, mainArgs, { ...once, ...more });
        const job = await jobIn(world.api, name, ['FAILED', 'FINISHED', 'STARTED']);
        expect(job.status.state).to.equal('FAILED');
        expect(job.status.failure?.message).to.match(message);
        await deploymentIn(world.api, name, 'FAILED');
      });
    });

    it('is TERMINATED within 5 s of the end of its Flink job when CANCELLED', async () => {
      await run('cancelled', '--rate 1');
      const job = await jobIn(world.api, 'cancelled', ['STARTED']);
      await world.api.patch('cancelled', { state: 'CANCELLED' });
      await deploymentIn(world.api, 'cancelled', 'CANCELLED');
      const [ended] = await world.api.jobs('cancelled');
      expect(ended?.status.state).to.equal('TERMINATED');
      const flinkEnd = (await flinkJobs(world.flink.restUrl)).find(({ jid }) => jid === flinkId(job))!;
      expect(flinkEnd.state).to.equal('CANCELED');
      expect(Date.parse(ended!.metadata.terminatedAt!) - flinkEnd['end-time']).to.be.below(5000);
    });

    it('gets a new Job when its template changes; the old one is kept with its old spec', async () => {
      await run('upgraded', '--rate 1');
      const old = await jobIn(world.api, 'upgraded', ['STARTED']);
      await world.api.patch('upgraded', { template: { spec: { parallelism: 2 } } });
      const jobs = await eventually(
        () => world.api.jobs('upgraded'),
        (seen) => seen.length === 2 && seen[1]?.status.state === 'STARTED',
      );
      expect(jobs.map(({ spec, status }) => [spec.parallelism, status.state])).to.deep.equal([
        [1, 'TERMINATED'],
        [2, 'STARTED'],
      ]);
      expect(jobs[0]?.metadata.id).to.equal(old.metadata.id);
      expect(await flinkState(flinkId(jobs[1]!))).to.equal('RUNNING');
      await world.api.patch('upgraded', { state: 'CANCELLED' });
    });

    it('follows the last of twenty changes in two seconds, and never runs twice at a time', async () => {
      await run('hurried', '--rate 1');
      for (let i = 1; i <= 20; i++) {
        await world.api.patch('hurried', { template: { spec: { parallelism: 1 + (i % 3), artifact: { mainArgs: `--rate ${i}` } } } });
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await deploymentIn(world.api, 'hurried', 'RUNNING', 120_000);
      const jobs = await world.api.jobs('hurried');
      expect(jobs.filter(({ status }) => status.state === 'STARTED')).to.deep.equal([jobs.at(-1)]);
      expect(jobs.at(-1)).to.have.nested.property('spec.artifact.mainArgs', '--rate 20');
      const ids = new Set(jobs.map(flinkId));
      const lives = (await flinkJobs(world.flink.restUrl))
        .filter(({ jid }) => ids.has(jid))
        .sort((a, b) => a['start-time'] - b['start-time']);
      lives.slice(1).forEach((life, i) => expect(life['start-time']).to.be.at.least(lives[i]!['end-time']));
      const ofOthers = await flinkJobs(world.flink.restUrl);
      const everyId = new Set(
        (await Promise.all(['finite', 'failing', 'cancelled', 'upgraded', 'hurried'].map((name) => world.api.jobs(name))))
          .flat()
          .map(flinkId),
      );
      expect(ofOthers.filter(({ jid, state }) => state === 'RUNNING' && !everyId.has(jid))).to.deep.equal([]);
      await world.api.patch('hurried', { state: 'CANCELLED' });
    });

    it('starts one Flink job when the submission is held until long after the client gave up', async () => {
      const proxy = await tcpProxy(Number(new URL(world.flink.restUrl).port));
      try {
        await world.daemon.end('SIGTERM');
        await world.daemon.start({ DREY_FLINK_SUBMIT_TIMEOUT: '1s' });
        await world.api.declareTarget('held', `http://localhost:${proxy.port}`);
        proxy.hold('/run', 3000);
        await run('held', '--rate 1', { target: 'held' });
        const job = await jobIn(world.api, 'held', ['STARTED', 'FAILED']);
        expect(job.status.state).to.equal('STARTED');
        expect(proxy.held()).to.equal(1);
        expect(await world.api.jobs('held')).to.have.length(1);
        const events = (await world.api.events('held')).filter(({ metadata }) => metadata.name === 'JOB_SUCCESSFULLY_STARTED');
        expect(events).to.have.length(1);
        expect((await flinkJobs(world.flink.restUrl)).filter(({ jid }) => jid === flinkId(job))).to.have.length(1);
        await world.api.patch('held', { state: 'CANCELLED' });
        await deploymentIn(world.api, 'held', 'CANCELLED');
      } finally {
        await proxy.close();
      }
    });

    it('waits for a main() of 20 s while other Deployments start', async () => {
      await run('slow', '--slow-start-seconds 20 --rate 1');
      await run('quick', '--rate 1');
      await jobIn(world.api, 'quick', ['STARTED'], 15_000);
      const [slow] = await world.api.jobs('slow');
      expect(slow?.status.state).to.equal('STARTING');
      const job = await jobIn(world.api, 'slow', ['STARTED', 'FAILED']);
      expect(job.status.state).to.equal('STARTED');
      expect(await world.api.jobs('slow')).to.have.length(1);
      const events = (await world.api.events('slow')).filter(({ metadata }) => metadata.name === 'JOB_SUCCESSFULLY_STARTED');
      expect(events).to.have.length(1);
    });

    it('starts once although the daemon is killed right after it was accepted', async () => {
      await run('killed', '--rate 1');
      expect(await world.daemon.end('SIGKILL')).to.equal('SIGKILL');
      await world.daemon.start({ DREY_JOB_SUBMISSION_WINDOW: '10s' });
      const job = await jobIn(world.api, 'killed', ['STARTED', 'FAILED']);
      expect(job.status.state).to.equal('STARTED');
      expect(await world.api.jobs('killed')).to.have.length(1);
      expect((await flinkJobs(world.flink.restUrl)).filter(({ jid }) => jid === flinkId(job))).to.have.length(1);
    });

    it('starts within 30 s although Redis is emptied right after it was accepted', async () => {
      // Its cluster is not there yet, so that its command certainly waits in Redis when that is emptied.
      const port = await freePort();
      await world.api.declareTarget('late', `http://localhost:${port}`);
      await run('flushed', '--rate 1', { target: 'late' });
      await eventually(
        () => world.api.jobs('flushed'),
        ([job]) => job?.status.starting?.waitingFor !== undefined,
      );
      const redis = new Redis({ path: world.daemon.redis.socketPath });
      await redis.flushall();
      redis.disconnect();
      const proxy = await tcpProxy(Number(new URL(world.flink.restUrl).port), port);
      try {
        await jobIn(world.api, 'flushed', ['STARTED'], 30_000);
        expect(await world.api.jobs('flushed')).to.have.length(1);
        await world.api.patch('flushed', { state: 'CANCELLED' });
        await deploymentIn(world.api, 'flushed', 'CANCELLED');
      } finally {
        await proxy.close();
      }
    });

    it('fails at its start deadline on a target that refuses connections, without a submission ever sent', async () => {
      await world.daemon.end('SIGTERM');
      await world.daemon.start({ DREY_JOB_START_DEADLINE: '10s' });
      const url = `http://localhost:${await freePort()}`;
      await world.api.declareTarget('nowhere', url);
      await run('unreachable', '--rate 1', { target: 'nowhere', ...once });
      const job = await jobIn(world.api, 'unreachable', ['FAILED', 'STARTED']);
      expect(job.status.failure?.message)
        .to.include('never submitted')
        .and.to.include(url)
        .and.to.match(/refuse/i);
      expect(job.status.failure?.reason).to.equal('StartDeadlineExceeded');
    });
  });
}
