import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Knex } from 'knex';
import { privateMariadb, privateRedis } from './servers.ts';
import { freePort } from '../../src/embedded/addresses.ts';
import { connect } from '../../src/store/connection.ts';

/** Quick timings for tests, in the proportions of the defaults. */
const QUICK = {
  DREY_PROBE_INTERVAL: '1s',
  DREY_REPAIR_INTERVAL: '2s',
  DREY_QUEUE_LOCK: '2s',
  DREY_QUEUE_STALLED_CHECK: '1s',
  DREY_JOB_FAILURE_BACKOFF_FIRST: '500ms',
  DREY_FLINK_READ_TIMEOUT: '5s',
};

/** A daemon as a process of its own. */
export interface Daemon {
  readonly apiUrl: string;
  readonly managementUrl: string;
  /** Starts it with these settings besides the quick ones, and waits until it is ready. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends it by a signal; resolves with its exit code or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | string>;
  log(): string;
}

/** MariaDB and Redis of a test's own, and a daemon on them. */
export interface DaemonWorld extends Daemon {
  readonly mariadb: Awaited<ReturnType<typeof privateMariadb>>;
  readonly redis: Awaited<ReturnType<typeof privateRedis>>;
  /** One more daemon on the same database and Redis. */
  another(): Promise<Daemon>;
  /** What the database answers. */
  rows<T>(sql: string, bindings?: readonly Knex.Value[]): Promise<T[]>;
  stop(): Promise<void>;
}

export async function daemonWorld(): Promise<DaemonWorld> {
  const [mariadb, redis] = await Promise.all([privateMariadb(), privateRedis()]);
  const folder = mkdtempSync(join(tmpdir(), 'drey-test-daemon-'));
  const services = {
    DREY_MYSQL_SOCKET_PATH: mariadb.socketPath,
    DREY_MYSQL_USER: mariadb.user,
    DREY_REDIS_SOCKET_PATH: redis.socketPath,
  };
  const db = connect({ host: '', port: 0, socketPath: mariadb.socketPath, user: mariadb.user, database: 'drey', poolSize: 2 });
  const daemons: Daemon[] = [];
  const another = async (): Promise<Daemon> => {
    const daemon = await daemonOn(services, join(folder, `serve-${daemons.length + 1}.log`));
    daemons.push(daemon);
    return daemon;
  };
  return {
    ...(await another()),
    mariadb,
    redis,
    another,
    rows: async <T>(sql: string, bindings: readonly Knex.Value[] = []) => ((await db.raw(sql, bindings)) as [T[]])[0],
    async stop() {
      await Promise.all([db.destroy(), ...daemons.map((daemon) => daemon.end('SIGTERM'))]);
      await Promise.all([mariadb.stop(), redis.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function daemonOn(services: Readonly<Record<string, string>>, logFile: string): Promise<Daemon> {
  const [apiPort, managementPort] = await Promise.all([freePort(), freePort()]);
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  let child: ChildProcess | undefined;

  const isReady = async (): Promise<boolean> => {
    try {
      return (await fetch(`http://127.0.0.1:${managementPort}/readyz`, { signal: AbortSignal.timeout(2000) })).ok;
    } catch {
      return false;
    }
  };
  const log = (): string => readFileSync(logFile, 'utf8');
  return {
    apiUrl: `http://127.0.0.1:${apiPort}`,
    managementUrl: `http://127.0.0.1:${managementPort}`,
    async start(env = {}) {
      const out = openSync(logFile, 'a');
      child = spawn(process.execPath, ['--import', 'tsx', main, 'serve'], {
        stdio: ['ignore', out, out],
        env: {
          ...withoutSettings(process.env),
          ...QUICK,
          ...services,
          DREY_API_PORT: String(apiPort),
          DREY_MANAGEMENT_PORT: String(managementPort),
          ...env,
        },
      });
      closeSync(out);
      while (!(await isReady())) {
        if (child.exitCode !== null) throw new Error(`drey serve ended with ${child.exitCode}:\n${log()}`);
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
    log,
  };
}

/** The tests' own variables are none of the daemon's settings. */
const withoutSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^(DREY|VVP)_/.test(name)));
