/*
 * INVARIANTS
 * - One read at a time in the whole process: a file system that hangs holds one of Node's few threads for files, never all.
 * - Who asks is answered in time, also while others' reads hang.
 */

const LIMIT_MS = 3000;

/**
 * Runs one read of a file system that may be slow, or away. Rejects with what `late` makes of the limit when there is no result in time; `signal` then tells the read to
 * go no further.
 */
export async function boundedRead<T>(read: (signal: AbortSignal) => Promise<T>, late: (limitMs: number) => Error): Promise<T> {
  const limit = new AbortController();
  const result = last.then(() => read(limit.signal));
  last = result.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      limit.abort();
      reject(late(LIMIT_MS));
    }, LIMIT_MS);
  });
  return Promise.race([result, timeout]).finally(() => clearTimeout(timer));
}

let last: Promise<unknown> = Promise.resolve();
