import { expect } from 'chai';
import { Redis } from 'ioredis';
import { after, before, describe, it } from 'mocha';
import { client, eventually, type Client } from '../support/client.ts';
import { daemonWorld, type Daemon, type DaemonWorld } from '../support/daemon.ts';
import { flinkSimulator, type FlinkSimulator } from '../support/flink-simulator.ts';
import { smallJar } from '../support/jar.ts';

const JOBS = 200;
const CLUSTERS = 10;
/** So many Deployments are being upgraded at the moment of each fault. */
const MOVING = 20;
const FRESH_MS = 30_000;
const RESTARTS = Number(process.env['DREY_TEST_RESTARTS'] ?? 10);

/** An id whose submission nobody knows to have arrived is sent again after this. */
const SETTINGS = { DREY_JOB_SUBMISSION_WINDOW: '5s' };

describe(`${JOBS} Jobs on ${CLUSTERS} clusters`, function () {
  let world: DaemonWorld;
  let second: Daemon;
  let clusters: FlinkSimulator[];
  let api: Client;
  let jarUri: string;
  let removeJar: () => void;
  const wanted = new Map(Array.from({ length: JOBS }, (_, index) => [`job-${index}`, 1]));

  before(async () => {
    ({ jarUri, removeJar } = smallJar());
    clusters = await Promise.all(Array.from({ length: CLUSTERS }, () => flinkSimulator({ slots: JOBS })));
    world = await daemonWorld();
    second = await world.another();
    await Promise.all([world.start(SETTINGS), second.start(SETTINGS)]);
    api = client(world.apiUrl);
    for (const [index, { url }] of clusters.entries()) await api.declareTarget(`cluster-${index}`, url);
    await inParallel([...wanted.keys()], (name, index) => api.create(name, { target: `cluster-${index % CLUSTERS}`, jarUri }));
    await allFreshSince(new Date());
  });
  after(async () => {
    await world.stop();
    await Promise.all(clusters.map((cluster) => cluster.close()));
    removeJar();
  });

  /** Resolves once each Deployment has the Job that is wanted, STARTED, and observed by a look that began after the moment. */
  const allFreshSince = (moment: Date, withinMs = 2 * FRESH_MS) =>
    eventually(
      async () => {
        const rows = await world
          .rows<{ name: string; parallelism: string; isFresh: number }>(
            `SELECT deployment_name AS name, JSON_VALUE(spec, '$.parallelism') AS parallelism, observed_at > ? AS isFresh
             FROM jobs WHERE active = 1 AND state = 'STARTED'`,
            [moment],
          )
          .catch(() => []); // the database may be away
        const fresh = new Set(
          rows
            .filter(({ name, parallelism, isFresh }) => isFresh === 1 && Number(parallelism) === wanted.get(name))
            .map(({ name }) => name),
        );
        return [...wanted.keys()].filter((name) => !fresh.has(name));
      },
      (missing) => missing.length === 0,
      withinMs,
    );

  /** Upgrades some Deployments; who is not answered asks again, as a client does. */
  let turn = 0;
  const move = (): Promise<unknown> => {
    const names = [...wanted.keys()].filter((_, index) => index % (JOBS / MOVING) === turn);
    turn++;
    for (const name of names) wanted.set(name, 2);
    return inParallel(names, (name) =>
      eventually(
        () =>
          api.patch(name, { template: { spec: { parallelism: 2 } } }).then(
            () => true,
            () => false,
          ),
        (done) => done,
      ),
    );
  };

  /** What was sent to the clusters to start a job, by Flink id. */
  const submissions = (): string[] =>
    clusters.flatMap(({ requests }) =>
      requests
        .filter(({ endpoint }) => endpoint === 'POST /jars/:id/run-application')
        .map(({ body }) => (JSON.parse(body) as { jobId: string }).jobId),
    );
  const isTrue = async () => {
    const ids = await world.rows<{ id: string }>('SELECT LOWER(HEX(id)) AS id FROM jobs ORDER BY id');
    expect(submissions().toSorted()).to.deep.equal(ids.map(({ id }) => id));
    const running = clusters.flatMap((cluster) =>
      cluster.jobIds().flatMap((id) => (cluster.job(id).state === 'RUNNING' ? [cluster.job(id).name] : [])),
    );
    expect(running.toSorted()).to.deep.equal([...wanted.keys()].toSorted());
    const gaps = await world.rows(
      `SELECT d.name FROM deployments d JOIN events e ON e.deployment_id = d.id GROUP BY d.id, d.name, d.event_number
       HAVING COUNT(*) <> d.event_number OR MIN(e.number) <> 1 OR MAX(e.number) <> d.event_number`,
    );
    expect(gaps).to.deep.equal([]);
    const toldTwice = await world.rows(
      'SELECT HEX(job_id), name, COUNT(*) FROM events WHERE job_id IS NOT NULL GROUP BY job_id, name HAVING COUNT(*) > 1',
    );
    expect(toldTwice).to.deep.equal([]);
  };

  it('are all observed again within 30 s when Redis is emptied', async () => {
    const moving = move();
    const moment = new Date();
    const redis = new Redis({ path: world.redis.socketPath });
    await redis.flushall();
    redis.disconnect();
    await allFreshSince(moment, FRESH_MS);
    await moving;
    await isTrue();
  });

  it('are all observed again within 30 s when one of two daemons is killed', async () => {
    const moving = move();
    const moment = new Date();
    expect(await second.end('SIGKILL')).to.equal('SIGKILL');
    await allFreshSince(moment, FRESH_MS);
    await moving;
    await isTrue();
    await second.start(SETTINGS);
  });

  it('are all observed again within 30 s of the return of the database', async () => {
    const moving = move();
    await world.mariadb.kill();
    await world.mariadb.start();
    await allFreshSince(new Date(), FRESH_MS);
    await moving;
    await isTrue();
  });

  it(`are not touched by ${RESTARTS} restarts of the daemon`, async function () {
    this.timeout(60_000 + RESTARTS * 20_000);
    expect(await second.end('SIGTERM')).to.equal(0);
    const state = async () => ({
      deployments: await rowsOf('deployments'),
      jobs: await rowsOf('jobs'),
      targets: await rowsOf('deployment_targets'),
    });
    const writes = () => clusters.flatMap(({ requests }) => requests.filter(({ endpoint }) => endpoint?.startsWith('GET ') !== true));
    await allFreshSince(new Date());
    const [before, writesBefore] = [await state(), writes().length];
    for (let restart = 0; restart < RESTARTS; restart++) {
      await world.end(restart % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
      const moment = new Date();
      await world.start(SETTINGS);
      await allFreshSince(moment);
    }
    expect(writes().slice(writesBefore)).to.deep.equal([]);
    expect(await state()).to.deep.equal(before);
  });

  describe('and submissions under way when the daemon is told to stop', () => {
    /** Submissions that a cluster is sent at once. */
    const AT_ONCE = 4;
    let flink: FlinkSimulator;
    before(async () => {
      // In this version a submission is answered when main() is over.
      flink = await flinkSimulator({ version: '1.20.0', slots: 100 });
      await api.declareTarget('slow', flink.url);
    });
    after(() => flink.close());

    const submit = async (prefix: string) => {
      const before = flink.count('POST /jars/:id/run');
      const names = Array.from({ length: AT_ONCE }, (_, index) => `${prefix}-${index}`);
      for (const name of names) await api.create(name, { target: 'slow', jarUri });
      await flink.received('POST /jars/:id/run', before + AT_ONCE);
      return names;
    };
    const submission = async (prefix: string) =>
      (await world.rows<{ submission: string }>('SELECT DISTINCT submission FROM jobs WHERE deployment_name LIKE ?', [`${prefix}-%`])).map(
        (row) => row.submission,
      );
    const startedOnce = async (names: readonly string[]) => {
      for (const name of names) {
        const jobs = await eventually(
          () => api.jobs(name),
          (seen) => seen.every(({ status }) => status.state === 'STARTED'),
        );
        expect(jobs).to.have.length(1);
      }
    };

    it('are answered, and that is written down', async () => {
      const release = flink.holdMains();
      const names = await submit('answered');
      const logged = world.log().length;
      const end = world.end('SIGTERM');
      await eventually(
        () => Promise.resolve(world.log().slice(logged)),
        (log) => log.includes('"stopping"'),
      );
      release();
      expect(await end).to.equal(0);
      expect(await submission('answered')).to.deep.equal(['settled']);
      await world.start({ DREY_SHUTDOWN_DEADLINE: '2s' });
      await startedOnce(names);
      expect(flink.count('POST /jars/:id/run')).to.equal(AT_ONCE);
    });

    it('are left in doubt at its deadline, and start no second job afterwards', async () => {
      const before = flink.count('POST /jars/:id/run');
      const release = flink.holdMains();
      const names = await submit('unanswered');
      const toldAt = Date.now();
      expect(await world.end('SIGTERM')).to.equal(0);
      expect(Date.now() - toldAt).to.be.within(2000, 7000);
      expect(await submission('unanswered')).to.deep.equal(['inDoubt']);
      await world.start();
      release();
      await startedOnce(names);
      expect(flink.count('POST /jars/:id/run')).to.equal(before + AT_ONCE);
      expect(flink.jobIds()).to.have.length(2 * AT_ONCE);
    });
  });

  /** All rows but what an observation alone writes. */
  const rowsOf = async (table: string): Promise<unknown[]> =>
    (await world.rows<{ observed_at?: Date }>(`SELECT * FROM ${table} ORDER BY id`)).map(({ observed_at: _, ...row }) => row);
});

/** Ten at a time. */
async function inParallel<T>(items: readonly T[], work: (item: T, index: number) => Promise<unknown>): Promise<void> {
  const queue = items.entries();
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      for (const [index, item] of queue) await work(item, index);
    }),
  );
}
