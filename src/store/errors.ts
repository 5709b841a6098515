import { DreyError } from '../domain/errors.ts';

/** Deadlock, lock wait timeout, MariaDB's snapshot conflict: the whole transaction may simply run again. */
const RETRY = new Set([1213, 1205, 1020]);
const DUPLICATE_KEY = 1062;
/** The statement itself is at fault; anything else is the server or the way to it. */
const OUR_FAULT = new Set([1054, 1064, 1136, 1146, 1264, 1366, 1406, 1644]);

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
 * The catalogue's error for what the driver threw. Never carries the driver's own message, which holds the whole SQL with its
 * values; `sqlMessage` and the code are enough to find the cause. What is not the driver's is handed on.
 */
export function translated(error: unknown): Error {
  if (error instanceof DreyError) return error;
  const { errno, code, sqlMessage } = asServerError(error);
  const isDriver = errno !== undefined || code !== undefined || (error instanceof Error && error.name === 'KnexTimeoutError');
  if (!isDriver) return error instanceof Error ? error : new Error(String(error));
  const text = typeof sqlMessage === 'string' ? sqlMessage : typeof code === 'string' ? code : 'no connection became free';
  if (typeof errno === 'number' && OUR_FAULT.has(errno)) return new Error(`the database refused a statement (${errno}): ${text}`);
  return new DreyError('unavailable', `the database cannot be used now: ${text}`, { context: { errno, code } });
}

const MOST_TRIES = 8;

/** Runs a transaction until it is neither deadlocked nor stale; after some tries the error is the caller's. */
export async function retrying<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await run();
    } catch (error) {
      if (tries >= MOST_TRIES || !mayRunAgain(error)) throw error;
    }
  }
}
