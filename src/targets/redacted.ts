import { DreyError, isDreyError } from '../domain/errors.ts';
import type { Redact } from '../domain/redaction.ts';

/** The same error without what it was caused by, which a log would show. */
export function redacted(error: unknown, redact: Redact): Error {
  const message = redact(messageOf(error));
  if (message === messageOf(error)) return error instanceof Error ? error : new Error(message);
  return isDreyError(error) ? new DreyError(error.code, message) : new Error(message);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
