import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server on this machine whose answers a test writes. */
export interface JarServer {
  readonly port: number;
  readonly url: string;
  readonly requests: IncomingMessage[];
  /** What is answered from now on. */
  answer(by: (request: IncomingMessage, response: ServerResponse) => void): void;
  close(): Promise<void>;
}

export async function jarServer(): Promise<JarServer> {
  const requests: IncomingMessage[] = [];
  let by = (_request: IncomingMessage, response: ServerResponse): void => void response.writeHead(404).end();
  const server = createServer((request, response) => {
    requests.push(request);
    by(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (next) => (by = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
