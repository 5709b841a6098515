import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FetchedArtifact } from '../ports/targets.ts';
import { inWords, NO_JAR, Unfit } from './unfit.ts';

interface Hashed {
  readonly mtimeMs: number;
  readonly size: number;
  readonly sha256: Promise<string>;
}

/**
 * Finds the files that `file:` URIs (`file:/x`, `file:///x`) name, as the daemon sees them. A file is hashed once for each path, size and time of
 * change; whoever asks meanwhile shares that. `folders`: those that a file has to lie in, symbolic links followed; any where not given.
 * Throws `artifactUnavailable` with what is wrong and the remedy; `shownAs` is what it calls the URI.
 */
export function fileFetcher(folders?: readonly string[]): (jarUri: string, job?: { shownAs?: string }) => Promise<FetchedArtifact> {
  const hashes = new Map<string, Hashed>();

  const hashOf = async (path: string, { mtimeMs, size }: Stats): Promise<string> => {
    const known = hashes.get(path);
    if (known?.mtimeMs === mtimeMs && known.size === size) return known.sha256;
    const hashed = { mtimeMs, size, sha256: hashOfZip(path) };
    hashes.set(path, hashed);
    try {
      return await hashed.sha256;
    } catch (error) {
      if (hashes.get(path) === hashed) hashes.delete(path);
      throw error;
    }
  };

  return async (jarUri, { shownAs = jarUri } = {}) => {
    try {
      const path = pathOf(jarUri);
      if (folders !== undefined) await assertInside(folders, path);
      return { path, sha256: await hashOf(path, await regularFile(path)) };
    } catch (error) {
      throw inWords(shownAs, error);
    }
  };
}

function pathOf(jarUri: string): string {
  const remedy = 'write the absolute path of a jar on the machine of the daemon, as file:///path/to/job.jar';
  if (!/^file:\//i.test(jarUri)) throw new Unfit('the path in it is not absolute', remedy);
  try {
    return fileURLToPath(jarUri);
  } catch (error) {
    // Another host, an encoded slash, a malformed escape.
    throw new Unfit(error instanceof Error ? error.message : String(error), remedy, { cause: error });
  }
}

async function assertInside(folders: readonly string[], path: string): Promise<void> {
  const file = await realpath(path);
  for (const folder of folders) {
    const real = await realpath(folder).catch(() => undefined);
    if (real !== undefined && file.startsWith(real.endsWith(sep) ? real : real + sep)) return;
  }
  throw new Unfit('it is not in one of the folders of drey.artifacts.file-directories', 'put the jar there, or upload it');
}

async function regularFile(path: string): Promise<Stats> {
  const stats = await stat(path);
  if (!stats.isFile()) throw new Unfit(stats.isDirectory() ? 'it is a folder' : 'it is not a regular file', 'name the jar itself');
  return stats;
}

async function hashOfZip(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    if (buffer.toString('latin1') !== 'PK') throw new Unfit(NO_JAR, 'build the jar again');
  } finally {
    await file.close();
  }
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}
