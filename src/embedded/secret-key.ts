import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';

/**
 * The variable that gives the daemon the key of its secrets: a file of our own, made once, for its owner alone. Nothing where the user gives a
 * key. Without this file what the database beside it holds of secrets cannot be read.
 */
export function secretKey(file: string, env: Readonly<Record<string, string | undefined>>): { DREY_SECRETS_KEY_FILE?: string } {
  if (env['DREY_SECRETS_KEY'] !== undefined || env['DREY_SECRETS_KEY_FILE'] !== undefined) return {};
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  return { DREY_SECRETS_KEY_FILE: file };
}
