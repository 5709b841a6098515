import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder cannot be written or read. What `bytes` throw is none. */
export class DiskFault extends Error {
  readonly code: string;
  constructor(cause: unknown) {
    super('a folder of artifacts cannot be used', { cause });
    this.name = 'DiskFault';
    this.code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  }
}

const onDisk = async <T>(operation: Promise<T>): Promise<T> =>
  operation.catch((error: unknown) => {
    throw new DiskFault(error);
  });

/** Bytes on their way into a folder. */
interface Taken {
  readonly sha256: string;
  readonly size: number;
  /** Whether they begin as a zip does. */
  readonly isZip: boolean;
  /** Puts them into the folder, under their hash. Without it they are gone. */
  keep(): Promise<void>;
}

interface Kept {
  readonly sha256: string;
  readonly size: number;
  /** When they were kept or used last. */
  readonly usedAtMs: number;
}

/** Files that are named after the SHA-256 of their bytes. What is under a name is always whole, also after a crash of the machine. */
export interface HashFolder {
  readonly pathOf: (sha256: string) => string;
  /**
   * Streams bytes to the folder and hashes them meanwhile, then calls `settle`. Whatever is thrown there or by `bytes`, and where `keep` was not
   * called, nothing is left of them. `tooLarge` makes the error for more bytes than there may be.
   */
  take<T>(bytes: AsyncIterable<Uint8Array>, limit: Limit, settle: (taken: Taken) => Promise<T>): Promise<T>;
  /** Marks a file as used just now; false: it is not there. */
  touch(sha256: string): Promise<boolean>;
  /** What is kept, the longest unused first. */
  kept(): Promise<Kept[]>;
  remove(sha256: string): Promise<void>;
  /** Removes what processes that died had begun to take. */
  removeLeftovers(): Promise<void>;
}

interface Limit {
  readonly maxBytes: number;
  readonly tooLarge: () => Error;
}

const PARTIAL = '.partial-';
/** What is being taken is written to all the time. */
const LEFT_AFTER_MS = 3_600_000;

/** The folder is made when something is first taken. Its operations throw DiskFault. */
export function hashFolder(folder: string): HashFolder {
  const pathOf = (sha256: string): string => join(folder, sha256);
  const names = (): Promise<string[]> => onDisk(readdir(folder).catch(absentAs<string[]>([])));
  const statOf = (name: string) => onDisk(stat(pathOf(name)).catch(absentAs(undefined)));

  return {
    pathOf,
    async take(bytes, limit, settle) {
      await onDisk(mkdir(folder, { recursive: true }));
      const partial = join(folder, PARTIAL + randomUUID());
      try {
        const taken = await write(partial, bytes, limit);
        return await settle({ ...taken, keep: () => onDisk(moveDurably(partial, pathOf(taken.sha256), folder)) });
      } finally {
        await rm(partial, { force: true });
      }
    },
    async touch(sha256) {
      const now = new Date();
      return onDisk(utimes(pathOf(sha256), now, now).then(() => true, absentAs(false)));
    },
    async kept() {
      const found: Kept[] = [];
      for (const name of await names()) {
        if (!/^[0-9a-f]{64}$/.test(name)) continue;
        const stats = await statOf(name);
        if (stats !== undefined) found.push({ sha256: name, size: stats.size, usedAtMs: stats.mtimeMs });
      }
      return found.sort((a, b) => a.usedAtMs - b.usedAtMs);
    },
    remove: (sha256) => onDisk(rm(pathOf(sha256), { force: true })),
    async removeLeftovers() {
      for (const name of await names()) {
        const stats = name.startsWith(PARTIAL) ? await statOf(name) : undefined;
        if (stats !== undefined && Date.now() - stats.mtimeMs > LEFT_AFTER_MS) await onDisk(rm(pathOf(name), { force: true }));
      }
    },
  };
}

async function write(path: string, bytes: AsyncIterable<Uint8Array>, { maxBytes, tooLarge }: Limit): Promise<Omit<Taken, 'keep'>> {
  const file = await onDisk(open(path, 'wx', 0o640));
  try {
    const hash = createHash('sha256');
    let size = 0;
    let head = '';
    for await (const chunk of bytes) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge();
      if (head.length < 2) head += Buffer.from(chunk.subarray(0, 2)).toString('latin1');
      hash.update(chunk);
      await onDisk(file.writeFile(chunk));
    }
    await onDisk(file.sync());
    return { sha256: hash.digest('hex'), size, isZip: head.startsWith('PK') };
  } finally {
    await file.close();
  }
}

/** A name is durable only when its folder is. */
async function moveDurably(from: string, to: string, folder: string): Promise<void> {
  await rename(from, to);
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Turns the error for a file that is not there into a value. */
const absentAs =
  <T>(value: T) =>
  (error: unknown): T => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return value;
    throw error;
  };
