import { randomUUID } from 'node:crypto';
import { cancel, exceptions, isEnded, jobDetails, overviewEntry } from './job-manager.ts';
import type { SimulatedCluster } from './cluster.ts';
import { run, runApplication } from './submissions.ts';
import { checkpoints, disposal, dispose, savepointOperation, triggerSavepoint } from './snapshots.ts';
import { json, texts, type Answer } from './texts.ts';

export interface RouteCall {
  readonly cluster: SimulatedCluster & { readonly highAvailability: boolean; cancelSticks: boolean };
  readonly id: string;
  /** The second id of the path. */
  readonly secondId?: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

interface Route {
  readonly pattern: RegExp;
  readonly handle: (call: RouteCall) => Answer | Promise<Answer>;
  /** Not there in 1.20. */
  readonly since23?: true;
}

/** The endpoints, by the names under which tests count them and make them fail. */
const routes = {
  'GET /config': {
    pattern: /^\/config$/,
    handle: ({ cluster }) => json(200, { 'refresh-interval': 500, 'flink-version': cluster.version, features: { 'web-submit': true } }),
  },
  'GET /jobmanager/config': { pattern: /^\/jobmanager\/config$/, handle: ({ cluster }) => json(200, settings(cluster)) },
  'GET /jobs/overview': {
    pattern: /^\/jobs\/overview$/,
    handle: ({ cluster }) => {
      const listed = [...cluster.manager.jobs.values()].filter((job) => !job.omittedFromOverview);
      return json(200, { jobs: listed.map((job) => overviewEntry(job, cluster.version)) });
    },
  },
  'GET /jobs/:id': { pattern: /^\/jobs\/([^/]+)$/, handle: ({ cluster, id }) => ofJob(cluster, id, (job) => json(200, jobDetails(job))) },
  'GET /jobs/:id/status': {
    pattern: /^\/jobs\/([^/]+)\/status$/,
    handle: ({ cluster, id }) => ofJob(cluster, id, ({ state }) => json(200, { status: state }), texts.unknownJobStatus(id)),
  },
  'GET /jobs/:id/exceptions': {
    pattern: /^\/jobs\/([^/]+)\/exceptions$/,
    handle: ({ cluster, id }) => ofJob(cluster, id, (job) => json(200, exceptions(job.exceptions, cluster.version))),
  },
  'GET /jobs/:id/metrics': { pattern: /^\/jobs\/([^/]+)\/metrics$/, handle: ({ cluster, id }) => json(200, metrics(cluster, id)) },
  'PATCH /jobs/:id': {
    pattern: /^\/jobs\/([^/]+)$/,
    handle: ({ cluster, id }) => ofJob(cluster, id, cancelled(cluster), texts.unknownJobCancel(id)),
  },
  'GET /jobs/:id/checkpoints': {
    pattern: /^\/jobs\/([^/]+)\/checkpoints$/,
    handle: ({ cluster, id }) => ofJob(cluster, id, (job) => json(200, checkpoints(job))),
  },
  'POST /jobs/:id/savepoints': {
    pattern: /^\/jobs\/([^/]+)\/savepoints$/,
    handle: ({ cluster, id, body }) => triggerSavepoint(cluster, id, body.toString(), false),
  },
  'POST /jobs/:id/stop': {
    pattern: /^\/jobs\/([^/]+)\/stop$/,
    handle: ({ cluster, id, body }) => triggerSavepoint(cluster, id, body.toString(), true),
  },
  'GET /jobs/:id/savepoints/:id': {
    pattern: /^\/jobs\/([^/]+)\/savepoints\/([^/]+)$/,
    handle: ({ cluster, id, secondId = '' }) => savepointOperation(cluster.manager, id, secondId),
  },
  'POST /savepoint-disposal': {
    pattern: /^\/savepoint-disposal$/,
    handle: ({ cluster, body }) => dispose(cluster.manager, body.toString()),
  },
  'GET /savepoint-disposal/:id': { pattern: /^\/savepoint-disposal\/([^/]+)$/, handle: ({ cluster, id }) => disposal(cluster.manager, id) },
  'GET /jars': {
    pattern: /^\/jars$/,
    handle: ({ cluster }) =>
      json(200, { address: 'http://simulated', files: [...cluster.jars].map(([id, jar]) => ({ id, ...jar, entry: [] })) }),
  },
  'POST /jars/upload': { pattern: /^\/jars\/upload$/, handle: ({ cluster, body }) => upload(cluster, body) },
  'POST /jars/:id/run': { pattern: /^\/jars\/([^/]+)\/run$/, handle: ({ cluster, id, body }) => run(cluster, id, body.toString()) },
  'POST /jars/:id/run-application': {
    pattern: /^\/jars\/([^/]+)\/run-application$/,
    handle: ({ cluster, id, body }) => runApplication(cluster, id, body.toString()),
    since23: true,
  },
  'GET /applications/:id': { pattern: /^\/applications\/([^/]+)$/, handle: ({ cluster, id }) => application(cluster, id), since23: true },
  'GET /applications/:id/exceptions': {
    pattern: /^\/applications\/([^/]+)\/exceptions$/,
    handle: ({ cluster, id }) => {
      const found = cluster.manager.applications.get(id);
      return found === undefined ? texts.unknownApplication(id) : json(200, exceptions(found.exceptions, cluster.version));
    },
    since23: true,
  },
  'POST /applications/:id/cancel': { pattern: /^\/applications\/([^/]+)\/cancel$/, handle: cancelApplication, since23: true },
} satisfies Record<string, Route>;

export type Endpoint = keyof typeof routes;

/** The endpoint that a request is for, if the version has it. */
export function route(
  method: string,
  path: string,
  version: string,
): { endpoint: Endpoint; id: string; secondId: string; handle: Route['handle'] } | undefined {
  for (const [endpoint, { pattern, handle, since23 }] of Object.entries<Route>(routes)) {
    const match = endpoint.startsWith(`${method} `) ? pattern.exec(path) : null;
    if (match !== null && (since23 === undefined || !version.startsWith('1.'))) {
      const [id = '', secondId = ''] = match.slice(1).map(decodeURIComponent);
      return { endpoint: endpoint as Endpoint, id, secondId, handle };
    }
  }
  return undefined;
}

type Cluster = RouteCall['cluster'];
type Job = ReturnType<Cluster['manager']['addJob']>;

function settings({ manager, highAvailability, stateFolder }: Cluster): object {
  const value = {
    'web.tmpdir': `/tmp/flink-web-${manager.uuid}`,
    ...(highAvailability ? { 'high-availability.type': 'zookeeper' } : {}),
    ...(stateFolder === undefined
      ? {}
      : {
          'execution.checkpointing.dir': `file://${stateFolder}/checkpoints`,
          'execution.checkpointing.savepoint-dir': `file://${stateFolder}/savepoints`,
        }),
  };
  return Object.entries(value).map(([key, value]) => ({ key, value }));
}

function ofJob({ manager }: Cluster, id: string, answer: (job: Job) => Answer, otherwise = texts.unknownJob(id)): Answer {
  const job = manager.jobs.get(id);
  return job === undefined ? otherwise : answer(job);
}

function metrics({ manager }: Cluster, id: string): object {
  const job = manager.jobs.get(id);
  if (job === undefined || isEnded(job.state)) return [];
  const asked = job.metricsAsked;
  job.metricsAsked = true;
  return asked ? [{ id: 'numRestarts', value: String(job.restarts) }] : [];
}

const cancelled =
  ({ manager }: Cluster) =>
  (job: Job): Answer => {
    if (job.state === 'FINISHED' || job.state === 'FAILED') return texts.endedJobCancel(job.state);
    cancel(job);
    const application = manager.applications.get(job.id);
    if (application !== undefined) application.status = 'CANCELED';
    return json(202, {});
  };

function upload({ jars }: Cluster, body: Buffer): Answer {
  const name = /filename="([^"]*)"/.exec(body.subarray(0, 1000).toString('latin1'))?.[1];
  if (name?.endsWith('.jar') !== true) return texts.notAJar;
  const id = `${randomUUID()}_${name}`;
  jars.set(id, { name, uploaded: Date.now() });
  return json(200, { filename: `/upload/flink-web-upload/${id}`, status: 'success' });
}

/** An application whose job has ended ends a little later in Flink, and at once here. */
function application(cluster: Cluster, id: string): Answer {
  const found = cluster.manager.applications.get(id);
  if (found === undefined) return texts.unknownApplication(id);
  const job = cluster.manager.jobs.get(id);
  const status = job !== undefined && isEnded(job.state) ? job.state : found.status;
  return json(200, {
    id,
    name: 'flinkkit.CountingJob',
    status,
    'start-time': 1,
    duration: 1_000_000,
    timestamps: { CANCELING: status === 'CANCELING' ? 1_000_001 - found.cancelingForMs : 0 },
    jobs: job === undefined ? [] : [overviewEntry(job, cluster.version)],
  });
}

/** Interrupts main(). In one of six cases Flink 2.3.0 is caught in CANCELING for ever, with the interruption among the exceptions. */
function cancelApplication({ cluster, id }: RouteCall): Answer {
  const found = cluster.manager.applications.get(id);
  const job = cluster.manager.jobs.get(id);
  if (found === undefined || isEnded(found.status) || (job !== undefined && isEnded(job.state))) return texts.unknownApplicationCancel(id);
  found.interrupt.abort();
  found.status = cluster.cancelSticks ? 'CANCELING' : 'CANCELED';
  if (cluster.cancelSticks) {
    found.exceptions.unshift('java.lang.InterruptedException: sleep interrupted\n');
    found.cancelingForMs = 10_000;
  }
  if (job !== undefined) cancel(job);
  return json(202, {});
}
