import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { deploymentIn, eventually, flinkId, flinkJobs, jobIn, metric, type JobView } from '../support/client.ts';
import { flinkWorld } from '../support/flink-world.ts';
import { privateFlink, type PrivateFlink } from '../support/servers.ts';

/** Intervals as short as the probe's, and Deployments that keep their last final Job only. */
const SETTINGS = {
  DREY_FLINK_BREAKER_FIRST: '1s',
  DREY_FLINK_BREAKER_MOST: '2s',
  VVP_JOB_SERVICE_MAX_NUMBER_JOBS_IN_TERMINAL_STATE: '1',
  VVP_JOB_SERVICE_JOBS_CLEANUP_INTERVAL: '1s',
};
const INTERVAL_MS = 1000;
/** What a machine that is busy with other tests may take besides. */
const MARGIN_MS = 5000;

const once = { maxJobCreationAttempts: 1 };

describe('a Job that is watched, on Flink 2.3.0', () => {
  const world = flinkWorld({ version: '2.3.0' }, SETTINGS);
  const { run, flinkState } = world;
  const cancelled = async (name: string) => {
    await world.api.patch(name, { state: 'CANCELLED' });
    await deploymentIn(world.api, name, 'CANCELLED');
  };
  const newest = async (name: string): Promise<JobView> => (await world.api.jobs(name)).at(-1)!;
  const seenAt = ({ status }: JobView): number => Date.parse(status.started!.lastUpdateTime);

  it('counts its restarts, and goes on counting when its TaskManager was killed', async () => {
    await run('restarting', '--rate 5 --fail-times 3', {
      flinkConfiguration: {
        'restart-strategy.type': 'fixed-delay',
        'restart-strategy.fixed-delay.attempts': '1000',
        'restart-strategy.fixed-delay.delay': '200ms',
      },
    });
    const { metadata } = await jobIn(world.api, 'restarting', ['STARTED', 'FAILED']);
    const counted: number[] = [];
    const look = async () => {
      const job = await newest('restarting');
      counted.push(job.status.started!.observedFlinkJobRestarts);
      return job;
    };
    const three = await eventually(look, ({ status }) => status.started!.observedFlinkJobRestarts >= 3);
    // The looks that follow count none of them again.
    await eventually(look, (job) => seenAt(job) > seenAt(three) + 4 * INTERVAL_MS);
    expect(counted.at(-1)).to.equal(3);
    expect(await metric(world.daemon.managementUrl, 'drey_job_restarts_total', `job_id="${metadata.id}"`)).to.equal(3);
    const { conditions } = (await world.api.deployment('restarting')).status.running!;
    expect(conditions.map(({ type, status }) => [type, status])).to.deep.equal([
      ['ClusterUnreachable', 'False'],
      ['JobFailing', 'True'],
      ['JobUnstable', 'True'],
    ]);

    await world.flink.taskManager().kill();
    // Flink says RESTARTING for a moment only, and RUNNING while it waits for a slot.
    await eventually(look, ({ status }) => status.started!.observedFlinkJobRestarts > 3);
    await world.flink.restartTaskManager();
    await eventually(
      () => flinkJobs(world.flink.restUrl),
      (jobs) => jobs.some(({ jid, tasks }) => jid === flinkId(three) && tasks.running > 0),
    );
    const {
      status: { started },
    } = await look();
    const back = await eventually(look, (job) => seenAt(job) > Date.parse(started!.lastUpdateTime) + INTERVAL_MS);
    expect(back.status.started?.observedFlinkJobStatus).to.equal('RUNNING');
    expect(back.metadata.id).to.equal(metadata.id);
    expect(back.status.state).to.equal('STARTED');
    expect(counted).to.deep.equal(counted.toSorted((a, b) => a - b));
    await cancelled('restarting');
  });

  it('is STARTED while nobody answers, with the age of what is known, and FAILED once a new JobManager does not know it', async () => {
    await run('lost', '--rate 1', { spec: once });
    await jobIn(world.api, 'lost', ['STARTED', 'FAILED']);
    await deploymentIn(world.api, 'lost', 'RUNNING');
    const condition = async () =>
      (await world.api.deployment('lost')).status.running?.conditions.find(({ type }) => type === 'ClusterUnreachable');
    expect(await condition()).to.include({ status: 'False' });

    const killedAt = Date.now();
    await world.flink.jobManager().kill();
    const lost = await eventually(
      () => newest('lost'),
      ({ status }) => status.started?.observedFlinkJobStatus === 'UNKNOWN',
    );
    expect(Date.now() - killedAt).to.be.below(2 * INTERVAL_MS + MARGIN_MS);
    expect(lost.status.state).to.equal('STARTED');
    const unreachable = await condition();
    expect(unreachable?.status).to.equal('True');
    expect(unreachable?.message).to.include(world.flink.restUrl);

    const later = await eventually(
      () => newest('lost'),
      (job) => Date.now() - seenAt(job) > 10 * INTERVAL_MS,
    );
    expect(later.status).to.deep.equal(lost.status);
    expect(seenAt(later)).to.be.below(killedAt + INTERVAL_MS);
    expect(await condition()).to.deep.equal(unreachable);
    expect(await metric(world.daemon.managementUrl, 'drey_flink_target_up', 'target="session"')).to.equal(0);

    const restartedAt = Date.now();
    await world.flink.restartJobManager();
    const [failed, next] = await eventually(
      () => world.api.jobs('lost'),
      (jobs) => jobs.length === 2 && jobs[1]?.status.state === 'STARTED',
    );
    expect(failed!.metadata.id).to.equal(lost.metadata.id);
    expect(failed!.status.state).to.equal('FAILED');
    expect(failed!.status.failure?.reason).to.equal('JobManagerLost');
    const { endpoint, answer, observedAt, jobManager } = failed!.status.evidence!;
    expect(endpoint).to.equal(`GET ${world.flink.restUrl}/jobs/overview`);
    expect(answer).to.equal('the job is not known');
    expect(Date.parse(observedAt)).to.be.within(restartedAt, Date.now());
    expect(await webFolder()).to.include(jobManager);
    expect(await flinkState(flinkId(next!))).to.equal('RUNNING');
    await deploymentIn(world.api, 'lost', 'RUNNING');
    expect(await condition()).to.include({ status: 'False' });
  });

  it("is FAILED when somebody cancels it in Flink's own page", async () => {
    const job = await newest('lost');
    await flinkCall('PATCH', `/jobs/${flinkId(job)}?mode=cancel`);
    await deploymentIn(world.api, 'lost', 'FAILED');
    const { status } = await newest('lost');
    expect(status.state).to.equal('FAILED');
    expect(status.failure).to.include({ reason: 'CancelledByOthers' });
    expect(status.evidence).to.include({ endpoint: `GET ${world.flink.restUrl}/jobs/overview`, answer: 'CANCELED' });
    expect(await webFolder()).to.include(status.evidence!.jobManager);
  });

  it('is cancelled in Flink when it comes back after its end, also when its record is deleted; the jobs of others are left alone', async () => {
    const ended = async (name: string): Promise<JobView> => {
      await run(name, '--rate 1');
      const job = await jobIn(world.api, name, ['STARTED', 'FAILED']);
      await cancelled(name);
      return job;
    };
    const [forgotten, orphan] = await Promise.all([ended('forgotten'), ended('orphan')]);
    await world.api.patch('forgotten', { state: 'RUNNING' });
    await deploymentIn(world.api, 'forgotten', 'RUNNING');
    await cancelled('forgotten');
    await world.api.remove('orphan');
    const rowsOf = ({ metadata: { id } }: JobView) =>
      world.daemon.rows('SELECT state FROM jobs WHERE id = UNHEX(?)', [id.replaceAll('-', '')]);
    for (const job of [forgotten, orphan]) {
      await eventually(
        () => rowsOf(job),
        (rows) => rows.length === 0,
      );
    }

    await world.flink.jobManager().kill();
    await world.flink.restartJobManager();
    const foreign = 'f'.repeat(32);
    const strays = [flinkId(forgotten), flinkId(orphan)];
    for (const id of [foreign, ...strays]) await runByHand(id);
    for (const id of strays) {
      await eventually(
        () => flinkState(id),
        (state) => state === 'CANCELED',
      );
    }
    const told = (await world.api.events('forgotten')).filter(({ spec }) => spec.message.includes(strays[0]!));
    expect(told.map(({ metadata }) => [metadata.name, metadata.jobId])).to.deep.equal([['GENERAL_FAILURE', forgotten.metadata.id]]);
    expect((await world.api.strays()).map(({ metadata, status }) => [metadata.id, status.owner])).to.deep.equal([[foreign, 'FOREIGN']]);
    await eventually(
      () => world.daemon.rows<{ foreign_jobs: number }>('SELECT foreign_jobs FROM deployment_targets'),
      ([target]) => target?.foreign_jobs === 1,
    );
    await eventually(
      () => world.daemon.rows('SELECT flink_id FROM flink_ids WHERE stray_since IS NOT NULL'),
      (open) => open.length === 0,
    );
    expect(await flinkState(foreign)).to.equal('RUNNING');
    expect(await metric(world.daemon.managementUrl, 'drey_strays', 'target="session"', 'owner="foreign"')).to.equal(1);
    expect(await metric(world.daemon.managementUrl, 'drey_strays_cancelled_total')).to.be.at.least(2);
    await flinkCall('PATCH', `/jobs/${foreign}?mode=cancel`);
  });

  it('is FINISHED by the archive of its JobManager when it ended unobserved, also on 1.20.0', async () => {
    const older = await privateFlink({ version: '1.20.0' });
    try {
      const jobs: { name: string; place: PrivateFlink; job: JobView }[] = [];
      // The first job of a Flink is slow to start, so the older one comes first: neither may end before the daemon does.
      for (const { name, place } of [
        { name: 'archived-1-20', place: older },
        { name: 'archived', place: world.flink },
      ]) {
        await world.api.declareTarget(name, place.restUrl, { archiveDir: `file://${place.archiveFolder}` });
        await run(name, '--rate 1 --max-records 10', { target: name, jarUri: `file:${place.jarPath}` });
        jobs.push({ name, place, job: await jobIn(world.api, name, ['STARTED', 'FINISHED', 'FAILED']) });
      }
      await world.daemon.end('SIGKILL');
      expect(jobs.map(({ job }) => job.status.state)).to.deep.equal(['STARTED', 'STARTED']);
      const ended = await Promise.all(
        jobs.map(async ({ name, place, job }) => {
          const archive = await eventually(
            () => Promise.resolve(archiveOf(job, place.archiveFolder)),
            (file) => file !== undefined,
          );
          await place.jobManager().kill();
          await place.restartJobManager();
          return { name, archive };
        }),
      );
      await world.daemon.start(SETTINGS);
      for (const { name, archive } of ended) {
        await deploymentIn(world.api, name, 'FINISHED');
        const { status } = await newest(name);
        expect(status.state).to.equal('FINISHED');
        expect(status.evidence).to.include({ answer: 'FINISHED', endpoint: archive });
      }
    } finally {
      await older.stop();
    }
  });

  async function flinkCall<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${world.flink.restUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }

  const webFolder = async (): Promise<string | undefined> =>
    (await flinkCall<{ key: string; value: string }[]>('GET', '/jobmanager/config')).find(({ key }) => key === 'web.tmpdir')?.value;

  /** As in Flink's page: a jar that is there, under an id of one's own. */
  async function runByHand(jobId: string): Promise<void> {
    const [jar] = (await flinkCall<{ files: { id: string }[] }>('GET', '/jars')).files;
    await flinkCall('POST', `/jars/${jar!.id}/run`, { entryClass: 'flinkkit.CountingJob', programArgsList: ['--rate', '1'], jobId });
  }
});

/** The file with the archive of a job, once it is written to its end. */
function archiveOf(job: JobView, folder: string): string | undefined {
  const id = flinkId(job);
  const name = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((each) => each === id || each.endsWith(`/jobs/${id}`));
  if (name === undefined) return undefined;
  const file = join(folder, name);
  return readFileSync(file, 'utf8').endsWith(']}') ? file : undefined;
}
