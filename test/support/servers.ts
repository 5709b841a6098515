import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { flinkHome, startFlink, testJobsJar, type RunningFlink } from '../../src/embedded/flink.ts';
import { startMariadb } from '../../src/embedded/mariadb.ts';
import { signalGroup } from '../../src/embedded/process-group.ts';
import type { PrivateProcess } from '../../src/embedded/process.ts';
import { startRedis } from '../../src/embedded/redis.ts';

/** A server of a test's own, in a temporary folder. */
export interface PrivateServer {
  readonly folder: string;
  readonly socketPath: string;
  /** The process that runs now, or ran last. */
  process(): PrivateProcess;
  /** SIGKILL, and gone; the data stays. */
  kill(): Promise<void>;
  /** SIGTERM, and gone; the data stays. */
  halt(): Promise<void>;
  /** Starts it again on the same data and socket, after kill() or halt(). */
  start(): Promise<void>;
  /** SIGSTOP: it holds its connections and answers nothing, until resume(). */
  pause(): void;
  resume(): void;
  /** Ends it and removes its folder. A test that leaves this out never ends. */
  stop(): Promise<void>;
}

/** `args` go to mariadbd, after ours: `['--log-bin=log', '--server-id=1']`, `['--skip-networking=0', '--port=3307']`. */
export async function privateMariadb(options: { args?: readonly string[] } = {}): Promise<PrivateServer & { readonly user: string }> {
  let user = '';
  const server = await privateServer('mariadb', async (folders, socketPath) => {
    const running = await startMariadb(socketPath, { ...folders, ...options });
    user = running.user;
    return running.process;
  });
  return { ...server, user };
}

export function privateRedis(): Promise<PrivateServer> {
  return privateServer('redis', (folders, socketPath) => startRedis(socketPath, folders));
}

export interface PrivateFlinkOptions {
  readonly version: '2.3.0' | '1.20.0';
  /** 8 unless told otherwise. */
  readonly slots?: number;
  /** With a SQL Gateway. */
  readonly withGateway?: true;
}

export interface PrivateFlink extends RunningFlink {
  readonly folder: string;
  /** The jar with flinkkit.CountingJob. */
  readonly jarPath: string;
}

/** A session cluster on a free port; stop() removes its folder too. */
export async function privateFlink({ version, withGateway, ...options }: PrivateFlinkOptions): Promise<PrivateFlink> {
  const { folder, runFolder, logFolder, remove } = temporaryFolder('flink');
  const home = flinkHome(version);
  try {
    const flink = await startFlink({
      home,
      dataFolder: join(folder, 'work'),
      runFolder,
      logFolder,
      restPort: 0,
      ...(withGateway === true ? { gatewayPort: 0 } : {}),
      ...options,
    });
    const stop = async () => {
      await flink.stop();
      remove();
    };
    return { ...flink, folder, jarPath: testJobsJar(home), stop };
  } catch (error) {
    remove();
    throw error;
  }
}

interface Folders {
  readonly dataFolder: string;
  readonly runFolder: string;
  readonly logFolder: string;
}

type Start = (folders: Folders, socketPath: string) => Promise<PrivateProcess>;

async function privateServer(kind: string, startProcess: Start): Promise<PrivateServer> {
  const { folder, runFolder, logFolder, remove } = temporaryFolder(kind);
  const socketPath = join(folder, 'socket');
  const start = () => startProcess({ dataFolder: join(folder, 'data'), runFolder, logFolder }, socketPath);
  let server = await start().catch((error: unknown) => {
    remove();
    throw error;
  });
  return {
    folder,
    socketPath,
    process: () => server,
    kill: () => server.kill(),
    halt: () => server.stop(),
    async start() {
      server = await start();
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async stop() {
      await server.stop();
      remove();
    },
  };
}

const folders = new Set<string>();

function temporaryFolder(kind: string) {
  const folder = mkdtempSync(join(tmpdir(), `drey-test-${kind}-`));
  folders.add(folder);
  return {
    folder,
    runFolder: join(folder, 'run'),
    logFolder: join(folder, 'log'),
    remove: () => {
      folders.delete(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

// Tests that are told to stop half way do not come to their own stop().
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => {
    for (const folder of folders) {
      killAllOf(join(folder, 'run'));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
    process.exit(128 + constants.signals[name]);
  });
}

function killAllOf(runFolder: string): void {
  for (const file of existsSync(runFolder) ? readdirSync(runFolder) : []) {
    signalGroup(Number.parseInt(readFileSync(join(runFolder, file), 'utf8')), 'SIGKILL');
  }
}
