import { createConnection } from 'node:net';

/**
 * What a server says first on its unix socket, or after `question` was sent; undefined when it cannot be reached or says
 * nothing within a second.
 */
export function greeting(socketPath: string, question?: string): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    const finish = (answer?: Buffer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => finish());
    socket.once('connect', () => question !== undefined && socket.write(question));
    socket.once('data', finish);
    socket.once('error', () => finish());
    socket.once('close', () => finish());
  });
}
