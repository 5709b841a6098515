import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is. */
  readonly body: unknown;
}

export interface FakeServer {
  readonly url: string;
  /** What was asked, in order: `GET /path?query`. */
  readonly asked: string[];
  /** The bodies that came with it. */
  readonly bodies: unknown[];
  close(): Promise<void>;
}

/** A server that answers what the test tells it to, by method and path in the namespace (or from /api on). */
export async function fakeServer(answers: Readonly<Record<string, FakeAnswer | (() => FakeAnswer)>>): Promise<FakeServer> {
  const [asked, bodies]: [string[], unknown[]] = [[], []];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace('/api/v1/namespaces/default', '');
    asked.push(`${request.method ?? ''} ${path}`);
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      if (text !== '') bodies.push(JSON.parse(text));
      const planned = answers[`${request.method ?? ''} ${path.split('?')[0] ?? ''}`] ?? { status: 404, body: { message: 'not here' } };
      const { status = 200, headers = {}, body } = typeof planned === 'function' ? planned() : planned;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref(); // a test that fails before it closes this does not keep the run from ending
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    bodies,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
