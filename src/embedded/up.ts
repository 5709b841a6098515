import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startDaemon } from './daemon.ts';
import { declareExample, namespacePath } from './example.ts';
import { flinkHome, testJobsJar } from './flink-home.ts';
import { startFlink } from './flink.ts';
import { watchExample } from './live.ts';
import { startMariadb } from './mariadb.ts';
import { endLeftovers, lockFolder } from './pid-file.ts';
import { startRedis } from './redis.ts';
import { createScreen, type Screen } from './screen.ts';
import { socketFolder } from './socket-folder.ts';
import { listenForStop } from './stop-signals.ts';
import { createTenants, type Tenants } from './tenants.ts';
import { requireFreePort } from './tcp-port.ts';

export interface UpOptions {
  /** The command line of `drey serve`, the program first. */
  readonly serveCommand: readonly string[];
  /** Where data, logs and pid files are kept; `.drey` in the working directory unless told otherwise. */
  readonly dataFolder?: string;
  readonly flinkVersion?: string;
  /** 8080, 9081 and 8081 unless told otherwise. */
  readonly apiPort?: number;
  readonly managementPort?: number;
  readonly flinkPort?: number;
}

/**
 * Runs everything on one machine: private MariaDB, Redis and Flink, the daemon, and an example Deployment, until it is told
 * to stop; then stops all of it in reverse order. What dies meanwhile is told, and left dead.
 * Returns the exit code: 130 after SIGINT, 143 after SIGTERM, 129 after SIGHUP, 1 when the start failed. Never throws.
 */
export async function up(options: UpOptions): Promise<number> {
  const screen = createScreen(process.stdout);
  const stop = listenForStop(() => {
    screen.say('Told to stop again: killing what still runs.');
    tenants.killAll();
  });
  const tenants = createTenants(screen, stop.signal);
  let fault = '';
  try {
    await run(options, tenants, screen);
  } catch (error) {
    fault = messageOf(error);
  }
  screen.show([]);
  await tenants.stopAll().catch((error: unknown) => screen.say(messageOf(error)));
  if (stop.exitCode() === undefined) screen.say(`drey up: ${fault}`);
  stop.dispose();
  return stop.exitCode() ?? 1;
}

async function run(options: UpOptions, tenants: Tenants, screen: Screen): Promise<void> {
  const { apiPort = 8080, managementPort = 9081, flinkPort = 8081, flinkVersion = '2.3.0' } = options;
  const { signal } = tenants;
  const dataFolder = resolve(options.dataFolder ?? '.drey');
  const folders = { runFolder: join(dataFolder, 'run'), logFolder: join(dataFolder, 'log') };
  tenants.onStop('the lock', lockFolder(folders.runFolder, 'up'));
  const leftovers = await endLeftovers(folders.runFolder);
  if (leftovers.length > 0) screen.say(`Ended what an earlier run had left: ${leftovers.join(', ')}.`);
  await requireFreePort(apiPort, "Drey's API");
  await requireFreePort(managementPort, "Drey's metrics and health");
  const sockets = socketFolder(dataFolder);
  tenants.onStop('the sockets', () => rmSync(sockets, { recursive: true, force: true }));

  // They are stopped in the reverse of this order, in whatever order they got ready.
  const common = { ...folders, signal };
  const mariadb = tenants.add('MariaDB', {
    start: () => startMariadb({ ...common, dataFolder: join(dataFolder, 'mysql'), socketPath: join(sockets, 'mariadb.sock') }),
    processes: (started) => [started.process],
  });
  const redis = tenants.add('Redis', {
    start: () => startRedis({ ...common, dataFolder: join(dataFolder, 'redis'), socketPath: join(sockets, 'redis.sock') }),
    processes: (started) => [started.process],
  });
  const home = flinkHome(flinkVersion);
  const flink = tenants.add(`Flink ${flinkVersion}`, {
    start: () => startFlink({ ...common, home, workFolder: join(dataFolder, 'flink'), restPort: flinkPort }),
    processes: (started) => [started.jobManager(), started.taskManager()],
  });
  const [{ user, socketPath }, { socketPath: redisSocket }] = await Promise.all([mariadb, redis]);
  const env = {
    DREY_MYSQL_SOCKET_PATH: socketPath,
    DREY_MYSQL_USER: user,
    DREY_MYSQL_DATABASE: 'drey',
    DREY_REDIS_SOCKET_PATH: redisSocket,
    DREY_API_PORT: String(apiPort),
    DREY_MANAGEMENT_PORT: String(managementPort),
  };
  await tenants.add('drey serve', {
    start: () => startDaemon({ ...common, command: options.serveCommand, env, managementPort }),
    processes: (started) => [started],
  });
  const { restUrl } = await flink;

  const apiUrl = `http://127.0.0.1:${apiPort}`;
  await declareExample({ apiUrl, flinkUrl: restUrl, jarPath: testJobsJar(home), signal });
  screen.say(`
  API    http://localhost:${apiPort}${namespacePath}/deployments
  Flink  ${restUrl}
  Logs   ${folders.logFolder}
  Stop with Ctrl-C; the data stays in ${dataFolder}.`);
  await watchExample(apiUrl, screen, signal);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
