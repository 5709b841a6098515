import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endGroup } from './process-group.ts';

interface Owner {
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly commandLine: string;
}

const graceMs = 10_000;

/** Writes down that the process `pid` runs as `name`; call the returned function once it has ended. */
export function writePidFile(runFolder: string, name: string, pid: number): () => void {
  const file = fileIn(runFolder, `${name}.pid`);
  writeFileSync(file, ownerText(pid));
  return () => {
    if (readOwner(file)?.pid === pid) rmSync(file, { force: true });
  };
}

/**
 * Ends what an earlier run has left running, by its pid files: the last started first, each with all the processes of
 * its group, by SIGTERM and after 10 s by SIGKILL. A pid that by now belongs to a stranger is left alone.
 * Returns the names of those that were still running.
 */
export async function endLeftovers(runFolder: string): Promise<string[]> {
  const left = readdirSync(runFolder)
    .filter((file) => file.endsWith('.pid'))
    .map((file) => ({ file: join(runFolder, file), name: file.slice(0, -'.pid'.length), owner: readOwner(join(runFolder, file)) }))
    .sort((a, b) => (b.owner?.startedAt ?? 0) - (a.owner?.startedAt ?? 0));
  const ended: string[] = [];
  for (const { file, name, owner } of left) {
    if (owner !== undefined && isRunning(owner)) {
      await endGroup(owner.pid, graceMs);
      ended.push(name);
    }
    rmSync(file, { force: true });
  }
  return ended;
}

/**
 * Takes the folder for this process, until the returned function is called or the process ends, however it ends.
 * @throws Error naming the process that has it.
 */
export function lockFolder(runFolder: string, name: string): () => void {
  const file = fileIn(runFolder, `${name}.lock`);
  const holder = readOwner(file);
  if (holder !== undefined && holder.pid !== process.pid && isRunning(holder)) {
    throw new Error(`it already runs in this folder, as process ${holder.pid} (${file})`);
  }
  rmSync(file, { force: true });
  try {
    writeFileSync(file, ownerText(process.pid), { flag: 'wx' });
  } catch (cause) {
    throw new Error(`another drey ${name} starts in this folder just now (${file})`, { cause });
  }
  return () => rmSync(file, { force: true });
}

/** The command line of a living process, its words joined by blanks; undefined when there is none, or only what is left of it. */
export function commandLineOf(pid: number): string | undefined {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim() || undefined;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
  } catch {
    return undefined; // gone
  }
}

function fileIn(runFolder: string, name: string): string {
  mkdirSync(runFolder, { recursive: true, mode: 0o700 });
  return join(runFolder, name);
}

/** Three lines, the pid first, for people and scripts. */
function ownerText(pid: number): string {
  return `${pid}\n${Date.now()}\n${commandLineOf(pid) ?? ''}\n`;
}

/** Undefined when there is no such file, or not a whole one. */
function readOwner(file: string): Owner | undefined {
  if (!existsSync(file)) return undefined;
  const [pid = '', startedAt = '', ...rest] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const commandLine = rest.join('\n');
  return /^\d+$/.test(pid) && commandLine !== '' ? { pid: Number(pid), startedAt: Number(startedAt), commandLine } : undefined;
}

/** Numbers are given out again, but hardly ever to the same command line. */
function isRunning({ pid, commandLine }: Owner): boolean {
  return commandLineOf(pid) === commandLine;
}
