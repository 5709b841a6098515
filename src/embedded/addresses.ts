import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** @throws Error naming the port when another process listens on it at this machine's own addresses. */
export async function requireFreePort(port: number, purpose: string): Promise<void> {
  for (const host of ['127.0.0.1', '::1']) {
    try {
      await listenOnce(port, host);
    } catch (cause) {
      // Any other fault (no IPv6, a port below 1024) is the server's own to tell.
      if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
        throw new Error(
          `port ${port}, wanted for ${purpose}, is taken by another process; end that one, or take another port (drey up --help)`,
          { cause },
        );
      }
    }
  }
}

/** A port of 127.0.0.1 that nobody listens on just now. */
export function freePort(): Promise<number> {
  return listenOnce(0, '127.0.0.1');
}

/** Listens, and closes again; the port it had. */
function listenOnce(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}

/**
 * The folder for the unix sockets of the servers whose data is in `dataFolder`: made if need be, always the same for the
 * same data, open to its owner alone. It is under the system's temporary folder, or under /tmp, because a socket's path holds
 * 108 bytes, with the zero at its end.
 * @throws Error when the name is taken by something that others can get at.
 */
export function socketFolder(dataFolder: string): string {
  const uid = process.getuid?.() ?? 0;
  const name = `drey-${uid}-${createHash('sha256').update(resolve(dataFolder)).digest('hex').slice(0, 10)}`;
  const usual = join(tmpdir(), name);
  const folder = Buffer.byteLength(join(usual, 'mariadb.sock')) < 108 ? usual : join('/tmp', name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new Error(`${folder} should be a folder that only you can enter; remove it`);
  }
  return folder;
}

/** What a server says first on its unix socket, or after `question`; undefined when it cannot be reached or is silent for a second. */
export function greeting(socketPath: string, question = ''): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath, () => socket.write(question));
    const finish = (answer?: Buffer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => finish());
    socket.once('data', finish);
    socket.once('error', () => finish());
    socket.once('close', () => finish());
  });
}
