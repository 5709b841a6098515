import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/embedded/addresses.ts';
import { startMariadb } from '../../src/embedded/mariadb.ts';
import { startUntilReady, type PrivateProcess, type ProcessSpec } from '../../src/embedded/process.ts';
import { startRedis } from '../../src/embedded/redis.ts';
import type { Screen } from '../../src/embedded/screen.ts';
import type { Servers } from '../../src/embedded/servers.ts';
import { connect } from '../../src/store/connection.ts';
import { prepareDatabase } from '../../src/store/prepare.ts';
import { clustersClient, type ClustersClient } from './clusters-client.ts';
import { seed, type Seeded } from './seed.ts';

export interface WorldPlan {
  readonly jobs: number;
  readonly clusters: number;
  readonly intervalMs: number;
  readonly restartCountIntervalMs: number;
  readonly profileFolder?: string;
}

/** A daemon at work on a fleet, all of it on this machine and private. */
export interface World extends Seeded {
  readonly db: ReturnType<typeof connect>;
  readonly redisSocket: string;
  readonly clusters: ClustersClient;
  readonly processes: { readonly daemon: PrivateProcess; readonly mariadb: PrivateProcess; readonly redis: PrivateProcess };
}

const START_MS = 120_000;

/** Starts all of it; what was started is ended by `servers`, also when this fails half way. */
export async function startWorld(plan: WorldPlan, servers: Servers, screen: Screen): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'drey-bench-'));
  servers.onStop('the folder', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const folders = { runFolder: join(folder, 'run'), logFolder: join(folder, 'log') };
  const { signal } = servers;

  const refusing = Math.round(plan.clusters / 20);
  const controlPort = await freePort();
  const clusters = clustersClient(controlPort);
  const counts = [controlPort, plan.clusters - 2 * refusing, refusing].map(String);
  const script = (path: string, args: readonly string[]): Pick<ProcessSpec, 'command' | 'args'> => ({
    command: process.execPath,
    args: ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL(path, import.meta.url)), ...args],
  });
  await servers.add(
    `${plan.clusters} clusters`,
    () =>
      startUntilReady({ ...folders, ...script('clusters.ts', counts), name: 'clusters' }, () => clusters.isReady(), {
        deadlineMs: START_MS,
        signal,
      }),
    (started) => [started],
  );

  const mysqlSocket = join(folder, 'mariadb.sock');
  const mariadb = await servers.add(
    'MariaDB',
    // The rows of 10,000 Jobs are more than the buffer that a small machine is given.
    () => startMariadb(mysqlSocket, { ...folders, dataFolder: join(folder, 'mysql'), args: ['--innodb-buffer-pool-size=512M'], signal }),
    (started) => [started.process],
  );
  const redisSocket = join(folder, 'redis.sock');
  const redis = await servers.add(
    'Redis',
    () => startRedis(redisSocket, { ...folders, dataFolder: join(folder, 'redis'), signal }),
    (started) => [started],
  );

  const database = { host: '', port: 0, socketPath: mysqlSocket, user: mariadb.user, database: 'drey', poolSize: 4 };
  await prepareDatabase(database);
  const db = connect(database);
  servers.onStop('the connections', () => void db.destroy());
  const addresses = await clusters.addresses();
  const seeded = await screen.follow(`Writing ${plan.jobs} Jobs`, seed(db, { jobs: plan.jobs, addresses, refusing }));
  signal.throwIfAborted();
  await clusters.run(seeded.flinkJobs);

  const managementPort = await freePort();
  const serve = script('../../src/main.ts', ['serve']);
  const profile = plan.profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(plan.profileFolder)}`];
  const env = {
    ...withoutSettings(process.env),
    DREY_MYSQL_SOCKET_PATH: mysqlSocket,
    DREY_MYSQL_USER: mariadb.user,
    DREY_REDIS_SOCKET_PATH: redisSocket,
    DREY_API_PORT: '0',
    DREY_MANAGEMENT_PORT: String(managementPort),
    DREY_PROBE_INTERVAL: `${plan.intervalMs}ms`,
    DREY_PROBE_RESTART_COUNT_INTERVAL: `${plan.restartCountIntervalMs}ms`,
  };
  const daemon = await servers.add(
    'drey serve',
    () =>
      startUntilReady(
        // In the temporary folder, so that no config/local.yaml has a say.
        { ...folders, command: serve.command, args: [...profile, ...serve.args], name: 'serve', cwd: folder, env },
        () => isReady(managementPort),
        { deadlineMs: START_MS, signal },
      ),
    (started) => [started],
  );
  return { ...seeded, db, redisSocket, clusters, processes: { daemon, mariadb: mariadb.process, redis } };
}

async function isReady(managementPort: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${managementPort}/readyz`, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return sleep(20, false);
  }
}

const withoutSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('DREY_')));
