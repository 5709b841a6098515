import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writePidFile } from './pid-file.ts';
import { endGroup, killGroup, signalGroup } from './process-group.ts';

export interface ProcessSpec {
  /** Names the pid file `<runFolder>/<name>.pid` and the log `<logFolder>/<name>.log`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The name the program sees itself called by, where that is not `command`. */
  readonly argv0?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly runFolder: string;
  readonly logFolder: string;
}

/** What every server is told. */
export interface ServerOptions {
  readonly dataFolder: string;
  readonly runFolder: string;
  readonly logFolder: string;
  /** Aborting it ends the start, and what was started. */
  readonly signal?: AbortSignal;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server that we started: it leads a process group of its own, so a terminal's Ctrl-C does not reach it. */
export interface PrivateProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the process has ended, whatever ended it; never rejects. It is not started again. */
  readonly exited: Promise<Exit>;
  hasExited(): boolean;
  /** Sends any signal, SIGSTOP and SIGCONT too, to the process and its group; nothing once it has ended. */
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL after the deadline. Resolves when the process and its group have ended; may be called twice. */
  stop(deadlineMs?: number): Promise<void>;
  /** SIGKILL, as a crash would be. Resolves when the process and its group have ended. */
  kill(): Promise<void>;
}

/**
 * Starts a process in the background. Its output goes to its log file; the log of the run before is kept as `….log.1`.
 * @throws Error when the program cannot be started.
 */
export async function startProcess(spec: ProcessSpec): Promise<PrivateProcess> {
  const { name, command, args, argv0, env, cwd, runFolder, logFolder } = spec;
  mkdirSync(logFolder, { recursive: true });
  const logFile = join(logFolder, `${name}.log`);
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`);
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { argv0, env, cwd, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`${name}: cannot run ${command}: ${cause.message}`, { cause })));
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  const removePidFile = writePidFile(runFolder, name, pid);

  let ended = false;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = true;
      removePidFile();
      resolve({ code, signal });
    });
  });

  return {
    name,
    pid,
    logFile,
    exited,
    hasExited: () => ended,
    signal(which) {
      if (!ended) signalGroup(pid, which);
    },
    async stop(deadlineMs = 10_000) {
      if (!ended) await endGroup(pid, deadlineMs);
      await exited;
    },
    async kill() {
      if (!ended) await killGroup(pid);
      await exited;
    },
  };
}

/** What is not ready yet has nothing to finish, and a JVM that is told to end while it begins may hang. */
const unreadyDeadlineMs = 3000;

export interface ReadyOptions {
  readonly deadlineMs: number;
  /** Aborting it ends the wait, and the process. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a process and waits until `isReady` says so. When that fails, the process is ended before this throws.
 * @throws Error when the process ends first, or is not ready at the deadline (with the end of its log); the signal's reason
 *   when aborted.
 */
export async function startUntilReady(spec: ProcessSpec, isReady: () => Promise<boolean>, options: ReadyOptions): Promise<PrivateProcess> {
  options.signal?.throwIfAborted();
  const started = await startProcess(spec);
  try {
    await untilReady(started, isReady, options);
    return started;
  } catch (error) {
    await started.stop(unreadyDeadlineMs);
    throw error;
  }
}

async function untilReady(started: PrivateProcess, isReady: () => Promise<boolean>, { deadlineMs, signal }: ReadyOptions): Promise<void> {
  signal?.throwIfAborted(); // while the process was being started; from here on we are told
  const interrupted = new Promise<false>((resolve) => {
    signal?.addEventListener('abort', () => resolve(false), { once: true });
    void started.exited.then(() => resolve(false));
  });
  const giveUpAt = Date.now() + deadlineMs;
  while (!(await Promise.race([isReady(), interrupted]))) {
    signal?.throwIfAborted();
    if (started.hasExited()) throw new Error(`${started.name} ended ${describeExit(await started.exited)}${endOfLog(started.logFile)}`);
    if (Date.now() > giveUpAt) throw new Error(`${started.name} is not ready after ${deadlineMs / 1000} s${endOfLog(started.logFile)}`);
    await sleep(30);
  }
  signal?.throwIfAborted();
}

/** In words: `with code 1`, `by SIGKILL`. */
export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `with code ${code ?? 0}` : `by ${signal}`;
}

function endOfLog(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n').slice(-10);
  return `. The end of ${logFile}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/**
 * The path of the first of these programs that is installed; mariadbd is where an ordinary user's PATH does not look.
 * @throws Error saying what is missing and how to get it.
 */
export function requireProgram(...names: readonly string[]): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'].filter((folder) => folder !== '');
  const path = names.flatMap((name) => folders.map((folder) => join(folder, name))).find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`${names[0] ?? ''} is not installed, or not on PATH: run \`node scripts/setup.mjs\``);
  return path;
}
