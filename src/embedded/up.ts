import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { requireFreePort, socketFolder } from './addresses.ts';
import { declareExamples } from './examples.ts';
import { flinkHome, startFlink, testJobsJar } from './flink.ts';
import { startMariadb } from './mariadb.ts';
import { namespacePath } from './own-daemon.ts';
import { endLeftovers, lockFolder } from './pid-file.ts';
import { startUntilReady } from './process.ts';
import { startRedis } from './redis.ts';
import { createScreen, type Screen } from './screen.ts';
import { secretKey } from './secret-key.ts';
import { createServers, type Servers } from './servers.ts';
import { listenForStop } from './stop-signals.ts';
import { watchDeployments } from './watch-deployments.ts';

export interface UpOptions {
  /** The command line of `drey serve`, the program first. */
  readonly serveCommand: readonly string[];
  readonly apiPort: number;
  readonly managementPort: number;
  readonly flinkPort: number;
  readonly sqlGatewayPort: number;
  /** The admin's, where the daemon wants one. */
  readonly token?: string | undefined;
}

const flinkVersion = '2.3.0';

/**
 * Runs everything on one machine: private MariaDB, Redis and Flink with its SQL Gateway, the daemon, and two example Deployments, until it
 * is told to stop; then stops all of it in reverse order. What dies meanwhile is told, and left dead. Data, logs and pid files are
 * kept in `.drey`, in the working directory.
 * Returns the exit code: 130 after SIGINT, 143 after SIGTERM, 129 after SIGHUP, 1 when the start failed. Never throws.
 */
export async function up(options: UpOptions): Promise<number> {
  const screen = createScreen(process.stdout);
  const stop = listenForStop(() => {
    screen.say('Told to stop again: killing what still runs.');
    servers.killAll();
  });
  const servers = createServers(screen, stop.signal);
  const fault = await run(options, servers, screen).then(() => '', messageOf);
  screen.show([]);
  await servers.stopAll().catch((error: unknown) => screen.say(messageOf(error)));
  if (stop.exitCode() === undefined) screen.say(`drey up: ${fault}`);
  return stop.exitCode() ?? 1;
}

async function run(
  { serveCommand, apiPort, managementPort, flinkPort, sqlGatewayPort, token }: UpOptions,
  servers: Servers,
  screen: Screen,
): Promise<void> {
  const { signal } = servers;
  const dataFolder = resolve('.drey');
  const folders = { runFolder: join(dataFolder, 'run'), logFolder: join(dataFolder, 'log') };
  servers.onStop('the lock', lockFolder(folders.runFolder, 'up'));
  const leftovers = await endLeftovers(folders.runFolder);
  if (leftovers.length > 0) screen.say(`Ended what an earlier run had left: ${leftovers.join(', ')}.`);
  await requireFreePort(apiPort, "Drey's API");
  await requireFreePort(managementPort, "Drey's metrics and health");
  const sockets = socketFolder(dataFolder);
  servers.onStop('the sockets', () => rmSync(sockets, { recursive: true, force: true }));

  // They are stopped in the reverse of this order, in whatever order they got ready.
  const mysqlSocket = join(sockets, 'mariadb.sock');
  const mariadb = servers.add(
    'MariaDB',
    () => startMariadb(mysqlSocket, { ...folders, signal, dataFolder: join(dataFolder, 'mysql') }),
    (started) => [started.process],
  );
  const redisSocket = join(sockets, 'redis.sock');
  const redis = servers.add(
    'Redis',
    () => startRedis(redisSocket, { ...folders, signal, dataFolder: join(dataFolder, 'redis') }),
    (started) => [started],
  );
  const home = flinkHome(flinkVersion);
  const flink = servers.add(
    `Flink ${flinkVersion}`,
    () =>
      startFlink({
        ...folders,
        signal,
        home,
        dataFolder: join(dataFolder, 'flink'),
        restPort: flinkPort,
        gatewayPort: sqlGatewayPort,
      }),
    (started) => started.processes(),
  );
  const [{ user }] = await Promise.all([mariadb, redis]);
  const env = {
    ...process.env,
    DREY_MYSQL_SOCKET_PATH: mysqlSocket,
    DREY_MYSQL_USER: user,
    DREY_MYSQL_DATABASE: 'drey',
    DREY_REDIS_SOCKET_PATH: redisSocket,
    DREY_API_PORT: String(apiPort),
    DREY_MANAGEMENT_PORT: String(managementPort),
    ...secretKey(join(dataFolder, 'secrets.key'), process.env),
    // Here Flink starts and stops with the daemon, so its jobs are lost each time: no reason to wait longer and longer.
    DREY_JOB_FAILURE_BACKOFF_FIRST: '1s',
    DREY_JOB_FAILURE_BACKOFF_MOST: '5s',
  };
  const [command = '', ...args] = serveCommand;
  await servers.add(
    'drey serve',
    () => startUntilReady({ ...folders, name: 'serve', command, args, env }, () => isReady(managementPort), { deadlineMs: 60_000, signal }),
    (started) => [started],
  );
  const { restUrl, gatewayUrl } = await flink;

  const daemon = { apiUrl: `http://127.0.0.1:${apiPort}`, token, signal };
  const { deployments, sqlTarget } = await declareExamples(daemon, { flinkUrl: restUrl, gatewayUrl, jarPath: testJobsJar(home) });
  screen.say(`
  API    http://localhost:${apiPort}${namespacePath}/deployments
  Flink  ${restUrl}
  SQL    ${gatewayUrl}, of the target ${sqlTarget}
  Logs   ${folders.logFolder}
  Stop with Ctrl-C; the data stays in ${dataFolder}.`);
  await watchDeployments(daemon, deployments, screen);
}

async function isReady(managementPort: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${managementPort}/readyz`, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false; // not there yet
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
