import { createServer } from 'node:net';

/** @throws Error naming the port when another process listens on it at this machine's own addresses. */
export async function requireFreePort(port: number, purpose: string): Promise<void> {
  for (const host of ['127.0.0.1', '::1']) {
    try {
      await listenOnce(port, host);
    } catch (cause) {
      // Any other fault (no IPv6, a port below 1024) is the server's own to tell.
      if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
        throw new Error(`port ${port}, wanted for ${purpose}, is taken by another process`, { cause });
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
