import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredState } from '../domain/savepoint-sight.ts';
import { boundedRead } from './file-reads.ts';

/**
 * The newest whole snapshot directly below `directory`: Flink writes `_metadata` last, and at once (checked for local file systems). A number of `chk-N` is newer
 * than any lower one; savepoints, and the two kinds, are told apart by their time. Paths are Flink's: `file:` and what follows, never percent-encoded. Never throws.
 */
export async function storedState(directory: string, base: string): Promise<StoredState> {
  const [folder, baseFolder] = [pathOf(directory), pathOf(base)];
  if (folder === undefined || baseFolder === undefined) {
    return unknown(`${folder === undefined ? directory : base} is not a file: path, and Drey can look into no other file system`);
  }
  try {
    return await boundedRead(
      (signal) => look(folder, baseFolder, signal),
      (limitMs) => new Error(`${directory} could not be looked into within ${limitMs} ms`),
    );
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error));
  }
}

const unknown = (why: string): StoredState => ({ kind: 'unknown', why });

/** `file:/x` and `file:///x`. Flink does not decode `%20`, and takes a path without a scheme for one of its default file system. */
function pathOf(uri: string): string | undefined {
  const path = /^file:(?:\/\/\/+|\/\/localhost\/|\/(?!\/))(.*)$/s.exec(uri)?.[1];
  return path === undefined ? undefined : `/${path}`;
}

async function look(folder: string, base: string, signal: AbortSignal): Promise<StoredState> {
  const there = await unlessMissing(stat(base));
  if (there?.isDirectory() !== true) return unknown(`there is no folder ${base} here`);
  const found = await newest(folder, signal);
  return found === undefined ? { kind: 'none' } : { kind: 'found', location: `file:${found.path}` };
}

interface Snapshot {
  readonly path: string;
  readonly writtenAtMs: number;
}

async function newest(folder: string, signal: AbortSignal): Promise<Snapshot | undefined> {
  const checkpoints: number[] = [];
  let newest: Snapshot | undefined;
  const entries = await unlessMissing(opendir(folder));
  if (entries === undefined) return undefined;
  for await (const { name } of entries) {
    signal.throwIfAborted();
    const number = /^chk-(\d+)$/.exec(name)?.[1];
    if (number !== undefined) checkpoints.push(Number(number));
    else if (name.startsWith('savepoint-')) newest = later(newest, await whole(join(folder, name)));
  }
  for (const number of checkpoints.sort((a, b) => b - a)) {
    signal.throwIfAborted();
    const checkpoint = await whole(join(folder, `chk-${number}`));
    if (checkpoint !== undefined) return later(newest, checkpoint);
  }
  return newest;
}

const later = (a: Snapshot | undefined, b: Snapshot | undefined): Snapshot | undefined =>
  a === undefined || (b !== undefined && b.writtenAtMs > a.writtenAtMs) ? b : a;

async function whole(path: string): Promise<Snapshot | undefined> {
  const metadata = await unlessMissing(stat(join(path, '_metadata')));
  return metadata?.isFile() === true && metadata.size > 0 ? { path, writtenAtMs: metadata.mtimeMs } : undefined;
}

/** Only that it is not there counts as nothing: what may not be looked at is not known. */
async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}
