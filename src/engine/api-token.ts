import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PREFIX = 'drey_';
const SECRET = /^drey_([0-9a-f]{64})([0-9a-f]{8})$/;

const checksumOf = (hex: string): string =>
  crc32(PREFIX + hex)
    .toString(16)
    .padStart(8, '0');

/** The secret of a new token: `drey_`, 32 random bytes, and a checksum, by which a scanner finds one that was committed by mistake. */
export function newSecret(): string {
  const hex = randomBytes(32).toString('hex');
  return PREFIX + hex + checksumOf(hex);
}

/** Whether a text can be the secret of a token at all; one that is mistyped is refused without a look into the database. */
export function isSecret(text: string): boolean {
  const [, hex = '', checksum] = SECRET.exec(text) ?? [];
  return checksum === checksumOf(hex);
}

/** What is kept of a secret. */
export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Compares hashes in constant time. */
export const isSameHash = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
