import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** From now on, requests whose bytes contain `text` are held for `ms` before they go on, whether or not the client still waits. */
  hold(text: string, ms: number): void;
  /** How many requests were held. */
  held(): number;
  close(): Promise<void>;
}

/** A way to a server on this machine that can be slow; on any free port unless told otherwise. */
export async function tcpProxy(targetPort: number, ownPort = 0): Promise<TcpProxy> {
  let rule: { text: string; ms: number } | undefined;
  let count = 0;
  const sockets = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    track(client);
    const upstream = track(connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true }));
    let forwarded = Promise.resolve();
    client.on('data', (chunk) => {
      const isHeld = rule !== undefined && chunk.includes(rule.text);
      if (isHeld) count++;
      const ms = isHeld ? (rule?.ms ?? 0) : 0;
      forwarded = forwarded.then(async () => {
        if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
        upstream.write(chunk);
      });
    });
    // A client that gave up has sent its request all the same.
    client.on('close', () => void forwarded.then(() => upstream.end()));
    client.on('end', () => void forwarded.then(() => upstream.end()));
    upstream.pipe(client);
  });
  server.listen(ownPort, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    hold(text, ms) {
      rule = { text, ms };
    },
    held: () => count,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
