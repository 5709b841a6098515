import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DreyError } from '../domain/errors.ts';
import type { FetchedArtifact } from '../ports/targets.ts';

/** Turns the URI of an artifact into bytes on this machine. Throws `artifactUnavailable` with the URI, what is wrong and the remedy. */
export type ArtifactFetcher = (jarUri: string) => Promise<FetchedArtifact>;

interface Hashed {
  readonly mtimeMs: number;
  readonly size: number;
  readonly sha256: Promise<string>;
}

/**
 * Fetches `file:` URIs (`file:/x`, `file:///x`), which name files as the daemon sees them. A file is hashed once for each path, size and time of
 * change; whoever asks meanwhile shares that. A jar is a zip: its first two bytes are checked, since Flink takes anything and fails later.
 */
export function fileFetcher(): ArtifactFetcher {
  const hashes = new Map<string, Hashed>();

  return async (jarUri) => {
    const path = pathOf(jarUri);
    try {
      const { mtimeMs, size } = await regularFile(path);
      const known = hashes.get(path);
      if (known?.mtimeMs === mtimeMs && known.size === size) return { path, sha256: await known.sha256 };
      const hashed = { mtimeMs, size, sha256: hashOfZip(path) };
      hashes.set(path, hashed);
      try {
        return { path, sha256: await hashed.sha256 };
      } catch (error) {
        if (hashes.get(path) === hashed) hashes.delete(path);
        throw error;
      }
    } catch (error) {
      const { what, remedy } = error instanceof Unfit ? error : faultOf(error);
      throw unavailable(jarUri, `${path}: ${what}`, remedy, error);
    }
  };
}

function pathOf(jarUri: string): string {
  const remedy = 'write the absolute path of a jar on the machine of the daemon, as file:///path/to/job.jar';
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(jarUri)?.[1]?.toLowerCase();
  if (scheme === undefined) throw unavailable(jarUri, 'it is not a URI', remedy);
  if (scheme !== 'file') throw unavailable(jarUri, `jars cannot be fetched by ${scheme}: yet`, remedy);
  if (!/^file:\//i.test(jarUri)) throw unavailable(jarUri, 'the path in it is not absolute', remedy);
  try {
    return fileURLToPath(jarUri);
  } catch (error) {
    // Another host, an encoded slash, a malformed escape.
    throw unavailable(jarUri, error instanceof Error ? error.message : String(error), remedy, error);
  }
}

/** A file that is there but cannot be an artifact. */
class Unfit extends Error {
  readonly what: string;
  readonly remedy: string;
  constructor(what: string, remedy: string) {
    super(what);
    this.what = what;
    this.remedy = remedy;
  }
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
    if (buffer.toString('latin1') !== 'PK') throw new Unfit('it is not a jar (a zip file begins with PK)', 'build the jar again');
  } finally {
    await file.close();
  }
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}

function faultOf(error: unknown): { what: string; remedy: string } {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { what: 'there is no such file', remedy: 'put the jar there, or correct jarUri' };
  if (code === 'EACCES' || code === 'EPERM')
    return { what: 'the daemon may not read it', remedy: 'let the user that the daemon runs as read it' };
  return { what: error instanceof Error ? error.message : String(error), remedy: 'make the file readable for the daemon' };
}

const unavailable = (jarUri: string, what: string, remedy: string, cause?: unknown): DreyError =>
  new DreyError('artifactUnavailable', `artifact ${jarUri} cannot be used: ${what}; ${remedy}`, { cause });
