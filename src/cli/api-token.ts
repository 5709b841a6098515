import { readFileSync } from 'node:fs';
import { usage } from './exit.ts';
import type { Shell } from './shell.ts';

/** The API token to send: that of the option, or of $DREY_TOKEN, or what the file of $DREY_TOKEN_FILE holds. Throws a usage error where that cannot be used. */
export function apiTokenFrom(option: string | undefined, env: Shell['env']): string | undefined {
  const [said, token] = option !== undefined ? ['--token', option] : env['DREY_TOKEN'] ? ['DREY_TOKEN', env['DREY_TOKEN']] : fileToken(env);
  // It is not shown: this may go to a log.
  if (token !== undefined && !/^[\w.~+/=-]+$/.test(token)) throw usage(`${said}: this is no API token; it looks like drey_…`);
  return token;
}

function fileToken({ DREY_TOKEN_FILE: path = '' }: Shell['env']): [string, string | undefined] {
  if (path === '') return ['DREY_TOKEN_FILE', undefined];
  try {
    return [`DREY_TOKEN_FILE ${path}`, readFileSync(path, 'utf8').trim()];
  } catch (error) {
    throw usage(`DREY_TOKEN_FILE names ${path}, which cannot be read: ${String(error)}`);
  }
}
