import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A socket's path holds 108 bytes on Linux and 104 on a Mac, with the zero at its end. */
const longestPath = 103;
const longestName = 'mariadb.sock';

/**
 * The folder for the unix sockets of the servers whose data is in `dataFolder`: made if need be, always the same for the
 * same data, open to its owner alone. It is under the system's temporary folder, because the data may be too deep for a socket's path.
 * @throws Error when the name is taken by something that others can get at.
 */
export function socketFolder(dataFolder: string): string {
  const uid = process.getuid?.() ?? 0;
  const name = `drey-${uid}-${createHash('sha256').update(resolve(dataFolder)).digest('hex').slice(0, 10)}`;
  const folder = [tmpdir(), '/tmp']
    .map((parent) => join(parent, name))
    .find((path) => Buffer.byteLength(join(path, longestName)) <= longestPath);
  if (folder === undefined) throw new Error('the path of the temporary folder is too long for a unix socket');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new Error(`${folder} should be a folder that only you can enter; remove it`);
  }
  return folder;
}
