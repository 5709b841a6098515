import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { privateMariadb, privateRedis } from './servers.ts';
import { freePort } from '../../src/embedded/addresses.ts';

/** Quick timings for tests, in the proportions of the defaults. */
const QUICK = {
  DREY_PROBE_INTERVAL: '1s',
  DREY_REPAIR_INTERVAL: '2s',
  DREY_QUEUE_LOCK: '2s',
  DREY_QUEUE_STALLED_CHECK: '1s',
  DREY_JOB_FAILURE_BACKOFF_FIRST: '500ms',
  DREY_FLINK_READ_TIMEOUT: '5s',
};

/** MariaDB and Redis of a test's own, and a daemon as a process of its own on them. */
export interface DaemonWorld {
  readonly mariadb: Awaited<ReturnType<typeof privateMariadb>>;
  readonly redis: Awaited<ReturnType<typeof privateRedis>>;
  readonly apiUrl: string;
  readonly managementUrl: string;
  /** Starts the daemon with these settings besides the quick ones, and waits until it is ready. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends the daemon by a signal; resolves with its exit code or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | string>;
  log(): string;
  stop(): Promise<void>;
}

export async function daemonWorld(): Promise<DaemonWorld> {
  const [mariadb, redis, apiPort, managementPort] = await Promise.all([privateMariadb(), privateRedis(), freePort(), freePort()]);
  const folder = mkdtempSync(join(tmpdir(), 'drey-test-daemon-'));
  const logFile = join(folder, 'serve.log');
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  let child: ChildProcess | undefined;

  const isReady = async (): Promise<boolean> => {
    try {
      return (await fetch(`http://127.0.0.1:${managementPort}/readyz`, { signal: AbortSignal.timeout(2000) })).ok;
    } catch {
      return false;
    }
  };
  const world: DaemonWorld = {
    mariadb,
    redis,
    apiUrl: `http://127.0.0.1:${apiPort}`,
    managementUrl: `http://127.0.0.1:${managementPort}`,
    async start(env = {}) {
      const out = openSync(logFile, 'a');
      child = spawn(process.execPath, ['--import', 'tsx', main, 'serve'], {
        stdio: ['ignore', out, out],
        env: {
          ...withoutSettings(process.env),
          ...QUICK,
          DREY_MYSQL_SOCKET_PATH: mariadb.socketPath,
          DREY_MYSQL_USER: mariadb.user,
          DREY_REDIS_SOCKET_PATH: redis.socketPath,
          DREY_API_PORT: String(apiPort),
          DREY_MANAGEMENT_PORT: String(managementPort),
          ...env,
        },
      });
      while (!(await isReady())) {
        if (child.exitCode !== null) throw new Error(`drey serve ended with ${child.exitCode}:\n${world.log()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async end(signal) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return 'not running';
      const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
      child.kill(signal);
      const [code, by] = await exit;
      return code ?? by ?? 'gone';
    },
    log: () => readFileSync(logFile, 'utf8'),
    async stop() {
      await world.end('SIGTERM');
      await Promise.all([mariadb.stop(), redis.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return world;
}

/** The tests' own variables are none of the daemon's settings. */
const withoutSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^(DREY|VVP)_/.test(name)));
