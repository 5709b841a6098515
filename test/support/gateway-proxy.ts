import { expect } from 'chai';
import { after, before } from 'mocha';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from './client.ts';
import type { flinkWorld } from './flink-world.ts';

/** A request to the gateway, in the words of a submission. */
export interface GatewayCall {
  readonly what: 'open' | 'execute' | 'result' | 'close' | 'other';
  /** Of `execute`, and of the `result` of its operation: what was sent. */
  readonly statement: string;
}

interface Trap {
  readonly matches: (call: GatewayCall) => boolean;
  readonly when: 'before' | 'after';
  /** Resolves when what waits in the trap may go on. */
  readonly sprung: () => Promise<void>;
}

/**
 * Stands before a SQL Gateway, passes on everything, and remembers each session that was opened. `hold` holds one call, before it is passed on, or after it
 * was answered and before the answer is: meanwhile whoever is on either side may be killed.
 */
export async function gatewayProxy(gatewayUrl: string) {
  const sessions: string[] = [];
  const statements = new Map<string, string>();
  let trap: Trap | undefined;

  const callOf = (method: string, path: string, body: string): GatewayCall => {
    const operation = /\/operations\/([^/]+)\/result\//.exec(path)?.[1];
    if (operation !== undefined) return { what: 'result', statement: statements.get(operation) ?? '' };
    if (path.endsWith('/statements')) return { what: 'execute', statement: (JSON.parse(body) as { statement: string }).statement };
    if (method === 'POST' && path === '/v1/sessions') return { what: 'open', statement: '' };
    return { what: method === 'DELETE' ? 'close' : 'other', statement: '' };
  };

  const sprung = async (call: GatewayCall, when: Trap['when']): Promise<void> => {
    if (trap?.when !== when || !trap.matches(call)) return;
    const held = trap;
    trap = undefined;
    await held.sprung();
  };

  const server = createServer((request, response) => {
    pass(request, response).catch(() => request.socket.destroy()); // what is dead on either side answers nothing
  });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const { method = 'GET', url = '/' } = request;
    const call = callOf(method, url, body);
    await sprung(call, 'before');
    if (request.socket.destroyed) return; // who asked is dead, and so is what it asked for
    const answer = await fetch(`${gatewayUrl}${url}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === '' ? {} : { body }),
    });
    const text = await answer.text();
    remember(call, text);
    await sprung(call, 'after');
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  }

  function remember({ what, statement }: GatewayCall, text: string): void {
    const { sessionHandle, operationHandle } = JSON.parse(text) as { sessionHandle?: string; operationHandle?: string };
    if (what === 'open' && sessionHandle !== undefined) sessions.push(sessionHandle);
    if (what === 'execute' && operationHandle !== undefined) statements.set(operationHandle, statement);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Holds the first call that matches, until `release`. `reached` resolves when it is held. */
    hold(matches: Trap['matches'], when: Trap['when']): { readonly reached: Promise<void>; readonly release: () => void } {
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      const reached = new Promise<void>((resolve) => {
        trap = {
          matches,
          when,
          sprung: () => {
            resolve();
            return released;
          },
        };
      });
      return { reached, release };
    },
    /** Those of the sessions opened so far that the gateway knows. */
    async openSessions(): Promise<string[]> {
      const answers = await Promise.all(sessions.map((session) => fetch(`${gatewayUrl}/v1/sessions/${session}`)));
      return sessions.filter((_session, i) => answers[i]?.ok);
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export type GatewayProxy = Awaited<ReturnType<typeof gatewayProxy>>;

/** A target `proxied` of the suite that calls this, whose gateway is behind a proxy. */
export function proxiedGateway(world: ReturnType<typeof flinkWorld>) {
  let proxy: GatewayProxy;
  before(async () => {
    proxy = await gatewayProxy(world.flink.gatewayUrl);
    await world.api.declareTarget('proxied', world.flink.restUrl, { sqlGatewayUrl: proxy.url });
  });
  after(() => proxy.close());
  return {
    get proxy() {
      return proxy;
    },
    noSessionIsLeft: async (): Promise<void> => {
      await eventually(
        () => world.daemon.rows<object>('SELECT id FROM jobs WHERE sql_session IS NOT NULL'),
        (rows) => rows.length === 0,
      );
      expect(await proxy.openSessions()).to.deep.equal([]);
    },
  };
}
