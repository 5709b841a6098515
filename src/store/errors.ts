import type { Knex } from 'knex';
import { DreyError } from '../domain/errors.ts';

/** Deadlock, lock wait timeout, MariaDB's snapshot conflict: the whole transaction may simply run again. */
const RETRY = new Set([1213, 1205, 1020]);
const DUPLICATE_KEY = 1062;
/** Too many connections, shutting down, read-only, gone away, lost: not the statement's fault. Together with the above, the same may succeed later. */
const LATER = new Set([...RETRY, 1040, 1053, 1290, 1927, 2006, 2013]);

interface ServerError {
  readonly errno?: unknown;
  readonly code?: unknown;
  readonly sqlMessage?: unknown;
}

const asServerError = (error: unknown): ServerError => (typeof error === 'object' && error !== null ? error : {});

export const isDuplicate = (error: unknown): boolean => asServerError(error).errno === DUPLICATE_KEY;

const mayRunAgain = (error: unknown): boolean => {
  const { errno } = asServerError(error);
  return (typeof errno === 'number' && RETRY.has(errno)) || (error instanceof DreyError && error.code === 'staleWrite');
};

/**
 * The catalogue's error for what the driver threw; what is not the driver's is handed on. Neither its own message (the whole SQL with its values) nor
 * the server's goes to a client: `cause` has the server's, for the log.
 */
export function translated(error: unknown): Error {
  if (error instanceof DreyError) return error;
  const { errno, code, sqlMessage } = asServerError(error);
  const isDriver = errno !== undefined || code !== undefined || (error instanceof Error && error.name === 'KnexTimeoutError');
  if (!isDriver) return error instanceof Error ? error : new Error(String(error));
  const cause = new Error(
    typeof sqlMessage === 'string' ? `${String(errno)}: ${sqlMessage}` : typeof code === 'string' ? code : 'no connection became free',
  );
  const isStatement = typeof sqlMessage === 'string' && typeof errno === 'number' && !LATER.has(errno);
  if (isStatement) return new DreyError('databaseRefused', 'the database refused a statement', { cause });
  return new DreyError('unavailable', 'the database cannot be used now', { cause });
}

/** Makes operations of the database into ones that throw errors of the catalogue only. */
export const safely =
  (db: Knex) =>
  <A extends readonly unknown[], R>(run: (db: Knex, ...args: A) => Promise<R>) =>
  async (...args: A): Promise<R> => {
    try {
      return await run(db, ...args);
    } catch (error) {
      throw translated(error);
    }
  };

const MOST_TRIES = 8;
/** Two that meet again and again have to miss each other: a random pause, longer with each try. */
const PAUSE_MS = 10;

/** Runs a transaction until it is neither deadlocked nor stale, which `onStale` is told; after some tries the error is the caller's. */
export async function retrying<T>(onStale: () => void, run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await run();
    } catch (error) {
      if (error instanceof DreyError && error.code === 'staleWrite') onStale();
      if (tries >= MOST_TRIES || !mayRunAgain(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * tries * PAUSE_MS));
    }
  }
}
