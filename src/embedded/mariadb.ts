import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { greeting } from './addresses.ts';
import { describeExit, requireProgram, startProcess, startUntilReady, type PrivateProcess, type ServerOptions } from './process.ts';

export interface MariadbOptions extends ServerOptions {
  /** More arguments, after and so before ours: `['--log-bin=log']`. */
  readonly args?: readonly string[];
}

export interface RunningMariadb {
  /** May do everything; logs in over the socket, by being this user of the operating system, without a password. */
  readonly user: string;
  readonly process: PrivateProcess;
}

/** Both programs refuse to run as root unless they are told to. */
const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];

/**
 * Starts a MariaDB on a unix socket alone, without binary log; makes its data folder at the first start. It keeps its data
 * over restarts: a start with the same options goes on from it. Databases are the caller's to create.
 * @throws Error when it is not installed, ends at once or is not ready within 60 s.
 */
export async function startMariadb(socketPath: string, options: MariadbOptions): Promise<RunningMariadb> {
  const { dataFolder, runFolder, logFolder, args = [], signal } = options;
  const user = ownName();
  if (!existsSync(dataFolder)) await install(options, user);
  const settings = [
    '--no-defaults',
    `--datadir=${dataFolder}`,
    `--socket=${socketPath}`,
    `--pid-file=${join(dataFolder, 'mariadbd.pid')}`,
    '--skip-networking',
    '--skip-log-bin',
    '--innodb-buffer-pool-size=64M',
    '--innodb-log-file-size=32M',
    '--performance-schema=OFF',
    ...asRoot,
  ];
  const server = await startUntilReady(
    { name: 'mariadb', command: requireProgram('mariadbd'), args: [...settings, ...args], runFolder, logFolder },
    async () => (await greeting(socketPath))?.[4] === 10, // the version of the protocol, after a header of 4 bytes
    { deadlineMs: 60_000, signal },
  );
  return { user, process: server };
}

/** Fills a folder beside the data folder and renames it at the end, so that half a data folder is never taken for one. */
async function install({ dataFolder, runFolder, logFolder, signal }: ServerOptions, user: string): Promise<void> {
  const fresh = `${dataFolder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(dirname(fresh), { recursive: true });
  const args = [
    '--no-defaults',
    `--datadir=${fresh}`,
    '--auth-root-authentication-method=socket',
    `--auth-root-socket-user=${user}`,
    '--skip-test-db',
    ...asRoot,
  ];
  signal?.throwIfAborted();
  const installer = await startProcess({
    name: 'mariadb-install-db',
    command: requireProgram('mariadb-install-db'),
    args,
    runFolder,
    logFolder,
  });
  let killed: Promise<void> | undefined;
  const kill = () => {
    killed = installer.kill(); // what it has made is thrown away
  };
  if (signal?.aborted === true) kill();
  signal?.addEventListener('abort', kill, { once: true });
  const exit = await installer.exited;
  await killed; // the shell that runs the installation ends before the server it has started
  signal?.throwIfAborted();
  if (exit.code !== 0) throw new Error(`mariadb-install-db ended ${describeExit(exit)}; see ${installer.logFile}`);
  renameSync(fresh, dataFolder);
}

function ownName(): string {
  try {
    return userInfo().username;
  } catch (cause) {
    throw new Error('MariaDB knows its user by name, but the system has no name for the user that runs this process', { cause });
  }
}
