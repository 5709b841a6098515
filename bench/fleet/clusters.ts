// A process of its own: many session clusters behind one event loop, so that they cost little beside what is measured. What they answer is
// the test simulator's, which the contract suite holds equal to real Flinks; the overviews are built once.
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSilentServer, type AddressInfo, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { newJobManager } from '../../test/support/flink-simulator/job-manager.ts';
import { route, type RouteCall } from '../../test/support/flink-simulator/routes.ts';
import { texts, type Answer } from '../../test/support/flink-simulator/texts.ts';
import type { ClusterAddresses, Counts, LivingCluster } from './protocol.ts';

const VERSION = '2.3.0';

/** As Flink has it (`rest.idleness-timeout`). Node would close after 5 s, which is the interval of the probe. */
const IDLE_MS = 300_000;

interface Served {
  readonly cluster: RouteCall['cluster'];
  overview: string;
  overviews: number;
}

const requests = new Map<string, number>();
const served: Served[] = [];

const [controlPort = 0, livingCount = 0, silentCount = 0] = process.argv.slice(2).map(Number);
const addresses: ClusterAddresses = {
  living: await Promise.all(Array.from({ length: livingCount }, startLiving)),
  silent: await Promise.all(Array.from({ length: silentCount }, startSilent)),
};
await listening(createServer(unfailing(control)), controlPort);

async function startLiving(): Promise<LivingCluster> {
  const manager = newJobManager();
  const base = { version: VERSION, slots: 1000, highAvailability: false, cancelSticks: false } as const;
  const one: Served = { cluster: { ...base, jars: new Map(), manager, held: Promise.resolve() }, overview: '{"jobs":[]}', overviews: 0 };
  served.push(one);
  const server = createServer({ keepAliveTimeout: IDLE_MS }, unfailing(answerFor(one)));
  return { url: await listening(server), fingerprint: manager.uuid };
}

/** Takes connections and never answers. */
function startSilent(): Promise<string> {
  return listening(createSilentServer((socket) => socket.on('error', () => undefined).resume()));
}

function answerFor(one: Served) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://simulated');
    const found = route(request.method ?? '', url.pathname, VERSION);
    const endpoint = found?.endpoint ?? 'unknown';
    requests.set(endpoint, (requests.get(endpoint) ?? 0) + 1);
    if (endpoint === 'GET /jobs/overview') {
      one.overviews++;
      send(response, { status: 200, body: one.overview });
    } else if (found === undefined) {
      send(response, texts.unknownGet(url.pathname));
    } else {
      const body = Buffer.from(await text(request));
      send(response, await found.handle({ cluster: one.cluster, id: found.id, query: url.searchParams, body }));
    }
  };
}

/** What the benchmark asks and tells: the addresses, the jobs of each living cluster, the counts. */
async function control(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/jobs') await fill(JSON.parse(await text(request)) as string[][]);
  const counts: Counts = { overviews: served.map(({ overviews }) => overviews), requests: Object.fromEntries(requests) };
  send(response, { status: 200, body: JSON.stringify(request.url === '/counts' ? counts : addresses) });
}

async function fill(jobs: readonly (readonly string[])[]): Promise<void> {
  const overview = route('GET', '/jobs/overview', VERSION);
  for (const [index, one] of served.entries()) {
    for (const id of jobs[index] ?? []) one.cluster.manager.addJob(id, 'RUNNING', { running: 4 }).name = `fleet-job-${id.slice(-6)}`;
    const answer = await overview?.handle({ cluster: one.cluster, id: '', query: new URLSearchParams(), body: Buffer.alloc(0) });
    one.overview = answer?.body ?? '';
  }
}

function unfailing(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>): RequestListener {
  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      process.stderr.write(`${request.url ?? ''}: ${String(error)}\n`);
      response.destroy();
    });
  };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', 'content-length': Buffer.byteLength(body) }).end(body);
}

function listening(server: Server, port = 0): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}
