import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';

/* Savepoints and checkpoints as folders on this machine, with a `_metadata` that nobody could restore from. Paths are Flink's: `file:/…`. */

const local = (path: string): string => path.replace(/^file:\/*/, '/');

/** As Flink writes a path. */
export const flinkPath = (path: string): string => `file:${local(path)}`;

export const isSnapshot = (path: string): boolean => existsSync(`${local(path)}/_metadata`);

/** False when it cannot be written. */
export function writeSnapshot(path: string): boolean {
  try {
    mkdirSync(local(path), { recursive: true });
    writeFileSync(`${local(path)}/_metadata`, 'as good as state');
    return true;
  } catch {
    return false;
  }
}

export const removeSnapshot = (path: string): void => rmSync(local(path), { recursive: true, force: true });
