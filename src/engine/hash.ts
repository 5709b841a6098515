import { createHash } from 'node:crypto';
import { canonicalize } from 'json-canonicalize';

/** SHA-256 of a value's canonical JSON (RFC 8785), as 64 hex digits: equal for equal values, whatever the order of their keys. */
export const canonicalHash = (value: unknown): string => createHash('sha256').update(canonicalize(value)).digest('hex');
