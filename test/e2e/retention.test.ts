import { Queue } from 'bullmq';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { after, before, describe, it } from 'mocha';
import { client, deploymentIn, eventually, flinkId, type Client, type JobView } from '../support/client.ts';
import { daemonWorld, type DaemonWorld } from '../support/daemon.ts';
import { flinkSimulator, type FlinkSimulator } from '../support/flink-simulator.ts';
import { smallJar } from '../support/jar.ts';

const keepThree = (interval: string) => ({
  VVP_JOB_SERVICE_MAX_NUMBER_JOBS_IN_TERMINAL_STATE: '3',
  VVP_JOB_SERVICE_JOBS_CLEANUP_INTERVAL: interval,
});

describe('retention', () => {
  let world: DaemonWorld;
  let flink: FlinkSimulator;
  let api: Client;
  let jarUri: string;
  let removeJar: () => void;
  before(async () => {
    ({ jarUri, removeJar } = smallJar());
    [flink, world] = await Promise.all([flinkSimulator(), daemonWorld()]);
    await world.start(keepThree('1d'));
    api = client(world.apiUrl);
    await api.declareTarget('simulated', flink.url);
    await api.create('upgraded', { target: 'simulated', jarUri });
    await deploymentIn(api, 'upgraded', 'RUNNING');
  });
  after(async () => {
    await world.stop();
    await flink.close();
    removeJar();
  });
  const restart = async (env: Readonly<Record<string, string>>) => {
    expect(await world.end('SIGTERM')).to.equal(0);
    await world.start(env);
  };
  const upgrade = async (parallelism: number): Promise<readonly JobView[]> => {
    await api.patch('upgraded', { template: { spec: { parallelism } } });
    return eventually(
      () => api.jobs('upgraded'),
      (jobs) => jobs.at(-1)?.spec.parallelism === parallelism && jobs.at(-1)?.status.state === 'STARTED',
    );
  };
  const idsOf = (jobs: readonly JobView[]): string[] => jobs.map(({ metadata }) => metadata.id);
  const schedules = async (): Promise<string[]> => {
    const connection = new Redis({ path: world.redis.socketPath, maxRetriesPerRequest: null });
    const queue = new Queue('cleanup', { connection, prefix: 'drey' });
    try {
      return (await queue.getJobSchedulers()).map(({ key }) => key);
    } finally {
      await queue.close();
      connection.disconnect();
    }
  };

  it('keeps the newest final Jobs of a Deployment, and deletes what its plan lists', async () => {
    for (let parallelism = 2; parallelism <= 7; parallelism++) await upgrade(parallelism);
    const all = idsOf(await api.jobs('upgraded'));
    expect(all).to.have.length(7);
    const planned = await api.expiredJobs();
    expect(planned).to.deep.equal(all.slice(0, 3));

    await restart(keepThree('2s'));
    expect(await schedules()).to.deep.equal(['cleanup-jobs']);
    const kept = await eventually(
      () => api.jobs('upgraded'),
      (jobs) => jobs.length < all.length,
    );
    expect(idsOf(kept)).to.deep.equal(all.filter((id) => !planned.includes(id)));
    expect(kept.map(({ status }) => status.state)).to.deep.equal(['TERMINATED', 'TERMINATED', 'TERMINATED', 'STARTED']);
    expect(await api.expiredJobs()).to.deep.equal([]);
    // The next runs keep the limit as the Deployment goes on.
    await upgrade(8);
    const next = await eventually(
      () => api.jobs('upgraded'),
      (jobs) => jobs.length === 4,
    );
    expect(idsOf(next).slice(0, 3)).to.deep.equal(idsOf(kept).slice(1));
  });

  it('deletes nothing more when it is no longer configured', async () => {
    await restart({});
    expect(await schedules()).to.deep.equal([]);
    for (const parallelism of [2, 3]) await upgrade(parallelism);
    const looks = flink.count('GET /jobs/overview');
    await flink.received('GET /jobs/overview', looks + 4);
    expect(await api.jobs('upgraded')).to.have.length(6);
    expect(await api.expiredJobs()).to.deep.equal([]);
    expect(await schedules()).to.deep.equal([]);
  });

  it('of a deleted Deployment leaves nothing but the Flink ids, for a while', async () => {
    const jobs = await api.jobs('upgraded');
    const { metadata } = await api.deployment('upgraded');
    const id = metadata.id.replaceAll('-', '');
    await api.patch('upgraded', { state: 'CANCELLED' });
    await deploymentIn(api, 'upgraded', 'CANCELLED');
    await api.remove('upgraded');
    const left = async () => {
      const count = async (table: string, column: string) =>
        (await world.rows<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table} WHERE ${column} = UNHEX(?)`, [id]))[0]?.n;
      return Promise.all([count('jobs', 'deployment_id'), count('events', 'deployment_id'), count('deployments', 'id')]);
    };
    await eventually(left, (counts) => counts.every((n) => n === 0));
    const remembered = await world.rows<{ id: string; days: string }>(
      `SELECT LOWER(HEX(flink_id)) AS id, TIMESTAMPDIFF(HOUR, NOW(3), forget_at) / 24 AS days
       FROM flink_ids WHERE deployment_id = UNHEX(?) ORDER BY flink_id`,
      [id],
    );
    expect(remembered.map((row) => row.id)).to.include.members(jobs.map(flinkId));
    expect(remembered).to.have.length(10);
    for (const { days } of remembered) expect(Number(days)).to.be.within(6.9, 7);
  });

  it('is decided by daemons that work: one that cannot start changes nothing for the others', async () => {
    const regime = () => world.rows('SELECT settings, declared_at FROM regime');
    const before = await regime();
    const intruder = await world.another();
    const port = new URL(world.apiUrl).port;
    const failure = await intruder
      .start({ ...keepThree('1s'), VVP_JOB_SERVICE_MAX_NUMBER_JOBS_IN_TERMINAL_STATE: '0', DREY_API_PORT: port })
      .catch((error: unknown) => String(error));
    expect(failure).to.include(`cannot listen on 127.0.0.1:${port}`);
    expect(await regime()).to.deep.equal(before);
    expect(await schedules()).to.deep.equal([]);
  });
});
