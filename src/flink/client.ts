import type { FetchedArtifact, JobMetrics, ListedJob, SavepointRequest, StatePaths } from '../ports/targets.ts';
import { asking, isNoApplicationToCancel, isNothingToCancel, isUnknownApplication, isUnknownJob, isUnknownOperation } from './ask.ts';
import { budget, type FlinkLimits } from './budget.ts';
import { endpointName } from './endpoint-name.ts';
import { jarUpload } from './multipart.ts';
import * as replies from './replies.ts';
import { readOperation, readRequestId, readStatePaths, type Operation } from './snapshot-replies.ts';
import { transport, type Delivery, type Request } from './transport.ts';

/**
 * Flink's REST API: one method an endpoint, as far as Drey uses it. No retries, no memory. Every method but the two submissions throws
 * `clusterUnreachable` (refused, timed out, 5xx, breaker open) or `clusterAnsweredOddly` (not understood), with the address in the message.
 * Job ids are 32 hex digits in lower case, without dashes: Flink refuses a dashed one (400) and lowers the rest.
 */
export interface FlinkClient {
  version(): Promise<string>;
  jobManager(): Promise<replies.JobManager>;
  /** What the cluster is configured with, by its keys. */
  settings(): Promise<ReadonlyMap<string, string>>;
  overview(): Promise<ReadonlyMap<string, ListedJob>>;
  /** Flink's word, fresh; undefined: unknown job. */
  jobStatus(id: string): Promise<string | undefined>;
  /** The job with its tasks, from a cache up to 3 s old; undefined: unknown job. */
  jobDetails(id: string): Promise<ListedJob | undefined>;
  /** Stack traces, newest first; undefined: unknown job. */
  jobExceptions(id: string): Promise<readonly string[] | undefined>;
  /** Without what Flink does not say (yet), or where it does not know the job. */
  metrics(id: string): Promise<JobMetrics>;
  /** Asks to cancel; an unknown or ended job is fine. */
  cancelJob(id: string): Promise<void>;
  jars(): Promise<readonly replies.UploadedJar[]>;
  /** Uploads it as `<sha256>.jar`; resolves with the jar's id on the cluster. Throws `artifactUnavailable` when the file is not what it was. */
  uploadJar(artifact: FetchedArtifact): Promise<string>;
  /** Answered when main() is over and the job has left INITIALIZING. Never throws. */
  run(jarId: string, body: object): Promise<Delivery>;
  /** 2.3: answered at once. Never throws. */
  runApplication(jarId: string, body: object): Promise<Delivery>;
  /** 2.3; undefined: unknown application. */
  application(id: string): Promise<replies.Application | undefined>;
  /** 2.3: stack traces, newest first; undefined: unknown application. */
  applicationExceptions(id: string): Promise<readonly string[] | undefined>;
  /** 2.3: asks to cancel; an unknown or ended application is fine. */
  cancelApplication(id: string): Promise<void>;
  /** Begins a savepoint, or a stop with one, in the background. Accepted of unknown jobs too: their operation fails. */
  savepoint(id: string, request: SavepointRequest): Promise<void>;
  /** undefined: not known (any more). */
  savepointOperation(id: string, triggerId: string): Promise<Operation | undefined>;
  /** undefined: unknown job. */
  statePaths(id: string): Promise<StatePaths | undefined>;
  /** Begins to delete a savepoint; resolves with the id to ask by. Each call begins anew: it takes no trigger id. */
  disposeSavepoint(location: string): Promise<string>;
  /** undefined: not known (any more). */
  disposal(requestId: string): Promise<Operation | undefined>;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

const JSON_BODY = { 'content-type': 'application/json' };

const MIB = 1024 * 1024;
const MOST = {
  /** 100 000 jobs are some 40 MiB. */
  overview: 64 * MIB,
  /** Of a job: one stack trace may come with those of a thousand tasks, and a plan with as many vertices. */
  job: 16 * MIB,
  other: MIB,
};

/** Is told of each request to a cluster, by its endpoint and the status or why there is none, and of the cluster's breaker. */
export interface ClientListener {
  asked(endpoint: string, code: string, tookMs: number): void;
  breakerMoved(state: 'closed' | 'open' | 'halfOpen'): void;
}

/** `url` is the cluster's REST address; all calls share its connections, its budget and its breaker. */
export function flinkClient(url: URL, limits: FlinkLimits, listener: ClientListener): FlinkClient {
  const wire = transport(url, limits, ({ method, path }, code, tookMs) => listener.asked(endpointName(method, path), code, tookMs));
  const turns = budget(url.origin, limits, (state) => listener.breakerMoved(state));
  const ask = asking(wire, turns);

  const get = (path: string, maxBytes = MOST.other): Request => ({ method: 'GET', path, maxBytes, limitMs: limits.readTimeoutMs });
  const act = (method: 'POST' | 'PATCH', path: string): Request => ({ ...get(path), method });
  const tell = (path: string, body: object): Request => ({ ...act('POST', path), headers: JSON_BODY, body: JSON.stringify(body) });

  async function submit(path: string, body: object): Promise<Delivery> {
    const submission = { ...tell(path, body), limitMs: limits.submitTimeoutMs };
    try {
      return await turns.long(() => wire.deliver(submission));
    } catch (error) {
      // By the budget: `deliver` does not throw.
      return { kind: 'notSent', message: error instanceof Error ? error.message : String(error) };
    }
  }

  const job = (id: string): string => `/jobs/${encodeURIComponent(id)}`;
  const jar = (id: string): string => `/jars/${encodeURIComponent(id)}`;
  const application = (id: string): string => `/applications/${encodeURIComponent(id)}`;

  return {
    version: () => ask.value(get('/config'), replies.readVersion),
    settings: () => ask.value(get('/jobmanager/config'), replies.readSettings),
    jobManager: () => ask.value(get('/jobmanager/config'), replies.readJobManager),
    overview: () => ask.value(get('/jobs/overview', MOST.overview), replies.readOverview),
    jobStatus: (id) => ask.unless(isUnknownJob, get(`${job(id)}/status`), replies.readStatus),
    jobDetails: (id) => ask.unless(isUnknownJob, get(job(id), MOST.job), replies.readDetails),
    jobExceptions: (id) => ask.unless(isUnknownJob, get(`${job(id)}/exceptions?maxExceptions=1`, MOST.job), replies.readExceptions),
    metrics: (id) => ask.value(get(`${job(id)}/metrics?get=${replies.METRICS.join(',')}`), replies.readMetrics),
    async cancelJob(id) {
      await ask.unless(isNothingToCancel, act('PATCH', `${job(id)}?mode=cancel`), replies.readNothing);
    },
    jars: () => ask.value(get('/jars', MOST.job), replies.readJars),
    async uploadJar(artifact) {
      const upload = { ...act('POST', '/jars/upload'), limitMs: limits.uploadTimeoutMs, ...(await jarUpload(artifact)) };
      return ask.value(upload, replies.readUploaded);
    },
    run: (jarId, body) => submit(`${jar(jarId)}/run`, body),
    runApplication: (jarId, body) => submit(`${jar(jarId)}/run-application`, body),
    application: (id) => ask.unless(isUnknownApplication, get(application(id)), replies.readApplication),
    applicationExceptions: (id) => ask.unless(isUnknownApplication, get(`${application(id)}/exceptions`, MOST.job), replies.readExceptions),
    async cancelApplication(id) {
      await ask.unless(isNoApplicationToCancel, act('POST', `${application(id)}/cancel`), replies.readNothing);
    },
    async savepoint(id, { triggerId, directory, stop }) {
      // The two spellings are Flink's.
      const request = stop
        ? tell(`${job(id)}/stop`, { targetDirectory: directory, triggerId })
        : tell(`${job(id)}/savepoints`, { 'target-directory': directory, triggerId });
      await ask.value(request, readRequestId);
    },
    savepointOperation: (id, triggerId) =>
      ask.unless(isUnknownOperation, get(`${job(id)}/savepoints/${encodeURIComponent(triggerId)}`, MOST.job), readOperation),
    statePaths: (id) => ask.unless(isUnknownJob, get(`${job(id)}/checkpoints`, MOST.job), readStatePaths),
    disposeSavepoint: (location) => ask.value(tell('/savepoint-disposal', { 'savepoint-path': location }), readRequestId),
    disposal: (id) => ask.unless(isUnknownOperation, get(`/savepoint-disposal/${encodeURIComponent(id)}`, MOST.job), readOperation),
    close: () => wire.close(),
  };
}
