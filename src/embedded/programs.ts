import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where mariadbd is when it is not on an ordinary user's PATH: Debian, own builds, Fedora. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec'];

/** The path of an installed program; undefined when there is none of that name. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...folders, ...serverFolders].map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** @throws Error saying what is missing and how to get it. */
export function requireProgram(name: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`${name} is not installed, or not on PATH: run \`node scripts/setup.mjs\``);
  return path;
}
