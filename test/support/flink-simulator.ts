import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cancel, fail, finish, isEnded, newJobManager, type SimulatedJob, type TaskCounts } from './flink-simulator/job-manager.ts';
import { route, type Endpoint, type RouteCall } from './flink-simulator/routes.ts';
import { takeCheckpoint } from './flink-simulator/snapshots.ts';
import { texts, type Answer } from './flink-simulator/texts.ts';

export type { Endpoint, SimulatedJob, TaskCounts };

/** What goes wrong with a request. */
export type Fault =
  /** No answer; the request has no effect. */
  | 'hang'
  /** It takes effect, and no answer comes. */
  | 'hangAfterwards'
  /** The connection breaks: before it takes effect. */
  | 'reset'
  /** Headers and the first bytes of a body, and no more. */
  | 'stall'
  /** 503, as Flink says while it has no leader. */
  | 'election'
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> };

export interface FlinkSimulatorOptions {
  readonly version?: '2.3.0' | '1.20.0';
  readonly slots?: number;
  readonly highAvailability?: boolean;
  /** Where checkpoints, and savepoints of no directory, are put; a cluster without has none configured. */
  readonly stateFolder?: string;
}

interface SimulatorRequest {
  /** undefined: a path that this version does not have. */
  readonly endpoint: Endpoint | undefined;
  readonly path: string;
  readonly body: string;
}

export type FlinkSimulator = Awaited<ReturnType<typeof flinkSimulator>>;

/**
 * A Flink cluster that shows on demand what a real one shows by chance: an HTTP server that speaks the part of the REST API that Drey uses, with
 * the shapes, codes and texts of 2.3.0 or 1.20.0 (`flink-contract.test.ts` holds it to that). Time does not move in it: a job stays as it is until
 * the test, or a request, changes it.
 */
export async function flinkSimulator({ version = '2.3.0', slots = 8, highAvailability = false, stateFolder }: FlinkSimulatorOptions = {}) {
  const cluster: RouteCall['cluster'] = {
    version,
    slots,
    highAvailability,
    stateFolder,
    cancelSticks: false,
    jars: new Map(),
    manager: newJobManager(),
    held: Promise.resolve(),
  };
  const requests: SimulatorRequest[] = [];
  const faults = new Map<Endpoint, { fault: Fault; times: number }>();
  let waiters: (() => void)[] = [];

  const server = createServer((request, response) => void answer(request, response));
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  const refuse = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      return; // the client broke off
    }
    const url = new URL(request.url ?? '/', 'http://simulated');
    const found = route(request.method ?? '', url.pathname, version);
    const body = Buffer.concat(chunks);
    requests.push({ endpoint: found?.endpoint, path: url.pathname + url.search, body: body.toString('latin1') });
    const arrived = waiters;
    waiters = [];
    for (const waiter of arrived) waiter();

    const fault = found === undefined ? undefined : takeFault(found.endpoint);
    if (fault === 'hang') return;
    else if (fault === 'reset') request.socket.destroy();
    else if (fault === 'stall') response.writeHead(200, { 'content-type': 'application/json' }).write('{"jobs":[');
    else if (fault === 'election') send(response, texts.election);
    else if (typeof fault === 'object') response.writeHead(fault.status, fault.headers).end(fault.body);
    else if (found !== undefined) {
      const result = await found.handle({ cluster, id: found.id, secondId: found.secondId, query: url.searchParams, body });
      if (fault !== 'hangAfterwards') send(response, result);
    } else send(response, request.method === 'GET' ? texts.unknownGet(url.pathname) : texts.unknownPost(url.pathname));
  }

  function takeFault(endpoint: Endpoint): Fault | undefined {
    const entry = faults.get(endpoint);
    if (entry === undefined || entry.times <= 0) return undefined;
    entry.times--;
    return entry.fault;
  }

  const job = (id: string): SimulatedJob => {
    const found = cluster.manager.jobs.get(id);
    if (found === undefined) throw new Error(`the simulated cluster has no job ${id}`);
    return found;
  };
  const count = (endpoint: Endpoint): number => requests.filter((request) => request.endpoint === endpoint).length;

  return {
    url: `http://127.0.0.1:${port}`,
    cluster,

    /** A job that nobody submitted. */
    addJob: (id: string, state = 'RUNNING', tasks: TaskCounts = { running: 1 }) => cluster.manager.addJob(id, state, tasks),
    job,
    jobIds: () => [...cluster.manager.jobs.keys()],
    finish: (id: string) => finish(job(id)),
    fail: (id: string, cause?: string) => fail(job(id), cause),
    cancel: (id: string) => cancel(job(id)),
    restart(id: string) {
      job(id).restarts++;
    },
    takeCheckpoint: (id: string) => takeCheckpoint(cluster, job(id)),
    /** Savepoints and stops stay in progress from now on, until the returned call. */
    holdSavepoints(): () => void {
      cluster.holdsSavepoints = true;
      return () => {
        cluster.holdsSavepoints = false;
        for (const operation of cluster.manager.savepoints.values()) if (operation.kind === 'inProgress') operation.end();
      };
    },
    /** As 5 minutes after they are over: Flink does not know them any more. */
    expireSavepoints() {
      for (const [key, { kind }] of cluster.manager.savepoints) if (kind !== 'inProgress') cluster.manager.savepoints.delete(key);
    },
    /** As when it has expired from Flink's list. `remember` brings it back. */
    forget(id: string): SimulatedJob {
      const forgotten = job(id);
      cluster.manager.jobs.delete(id);
      return forgotten;
    },
    remember: (forgotten: SimulatedJob) => void cluster.manager.jobs.set(forgotten.id, forgotten),

    /** The process ends and another takes its place, with no job, or with the live ones recovered. Behind a proxy connections do not break. */
    replaceJobManager({ recover = false, behindProxy = false } = {}) {
      const old = cluster.manager;
      cluster.manager = newJobManager();
      for (const { interrupt } of old.applications.values()) interrupt.abort();
      for (const each of old.jobs.values()) {
        if (recover && !isEnded(each.state)) cluster.manager.jobs.set(each.id, { ...each, startedAtMs: each.startedAtMs + 1, restarts: 0 });
      }
      if (!behindProxy) server.closeAllConnections();
    },
    /** Every main() waits from now on, until the returned call. */
    holdMains(): () => void {
      let release: () => void = () => undefined;
      cluster.held = new Promise((resolve) => (release = resolve));
      return release;
    },

    /** The next `times` requests for the endpoint go wrong. */
    fault: (endpoint: Endpoint, fault: Fault, times = 1) => void faults.set(endpoint, { fault, times }),
    heal: () => faults.clear(),
    /** Refuses connections, and breaks those there are. */
    refuse,
    listen: () => listen(port),

    requests,
    count,
    /** Resolves once the endpoint was asked `times` times in all. */
    async received(endpoint: Endpoint, times = 1) {
      while (count(endpoint) < times) await new Promise<void>((resolve) => waiters.push(resolve));
    },
    async close() {
      for (const { interrupt } of cluster.manager.applications.values()) interrupt.abort();
      if (server.listening) await refuse();
    },
  };
}

function send(response: ServerResponse, { status, body, type = 'application/json; charset=UTF-8' }: Answer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}
