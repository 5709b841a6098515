import { DreyError } from '../domain/errors.ts';
import type { StoredState } from '../domain/savepoint-sight.ts';
import { targetLabel, type TargetReference } from '../domain/target.ts';
import type { ArtifactFetcher } from '../artifacts/fetcher.ts';
import type { FlinkLimits } from '../flink/budget.ts';
import { readArchived } from '../flink/archive.ts';
import { flinkClient, type ClientListener, type FlinkClient } from '../flink/client.ts';
import { gatewayClient, type GatewayClient } from '../flink/gateway-client.ts';
import { flinkWord } from '../flink/listed-job.ts';
import { storedState } from '../flink/stored-state.ts';
import { causeIn } from '../flink/throwables.ts';
import type { Listener } from '../ports/listener.ts';
import type { SqlGateway } from '../ports/sql.ts';
import type { ApplicationState, Cluster, ListedJob, TargetDriver } from '../ports/targets.ts';
import { savepoints } from './savepoints.ts';
import { sqlGateway } from './sql-gateway.ts';
import { jarUploads, slots, submission } from './submission.ts';
import { views } from './views.ts';

export interface ClosableDriver extends TargetDriver {
  /** Breaks off what is under way and closes every connection. */
  close(): Promise<void>;
}

/** What some installations have besides. */
interface Surroundings {
  readonly lookIntoS3?: (directory: string) => Promise<StoredState>;
  /** A folder that the SQL Gateways and the daemon both see under this path. */
  readonly planDirectory?: string;
}

type ClusterListener = Pick<Listener, 'flinkAsked' | 'breakerMoved' | 'targetLooked'>;

/**
 * Drives session clusters. Targets with the same address share one cluster, and so its budget, its breaker and its submission slots; to the
 * listener it has the name of the target that was asked for first.
 */
export function sessionDriver(
  limits: FlinkLimits,
  fetch: ArtifactFetcher,
  listener: ClusterListener = nobody,
  { lookIntoS3, planDirectory }: Surroundings = {},
): ClosableDriver {
  const clusters = new Map<string, { readonly client: FlinkClient; readonly cluster: Cluster; readonly name: string }>();
  const gateways = new Map<string, { readonly client: GatewayClient; readonly gateway: SqlGateway; readonly name: string }>();
  const clientListener = (name: string): ClientListener => ({
    asked: (endpoint, code, tookMs) => listener.flinkAsked(name, endpoint, code, tookMs),
    breakerMoved: (state) => listener.breakerMoved(name, state),
  });
  /** A target may be deleted and made anew under its name, at another address. */
  const nameOf = (target: TargetReference, what: string, others: Iterable<{ readonly name: string }>): string => {
    const name = `${targetLabel(target)}${what}`;
    return [...others].some((known) => known.name === name) ? `${name} (${target.id})` : name;
  };
  return {
    cluster(target) {
      const url = endpointOf(target, 'url');
      let known = clusters.get(url.href);
      if (known === undefined) {
        const name = nameOf(target, '', clusters.values());
        const client = flinkClient(url, limits, clientListener(name));
        known = { client, name, cluster: sessionCluster(client, url.href, limits, (isUp) => listener.targetLooked(name, isUp)) };
        clusters.set(url.href, known);
      }
      return known.cluster;
    },
    sqlGateway(target) {
      const url = endpointOf(target, 'sqlGatewayUrl');
      let known = gateways.get(url.href);
      if (known === undefined) {
        const name = nameOf(target, ' (SQL Gateway)', gateways.values());
        const client = gatewayClient(url, limits, clientListener(name));
        known = { client, name, gateway: sqlGateway(client, limits.submitTimeoutMs, planDirectory) };
        gateways.set(url.href, known);
      }
      return known.gateway;
    },
    archived: async ({ spec: { session } }, id) => (session.archiveDir === undefined ? undefined : readArchived(session.archiveDir, id)),
    storedState: (directory, base) =>
      lookIntoS3 !== undefined && /^s3[ap]?:/.test(directory) ? lookIntoS3(directory) : storedState(directory, base),
    async fetchArtifact({ namespace, artifactSha256: sha256, spec: { artifact } }) {
      if (artifact.kind !== 'JAR') throw new DreyError('illegalTransition', `a ${artifact.kind} is no file`);
      return fetch(artifact.jarUri, { namespace, shownAs: artifact.jarUri, ...(sha256 === undefined ? {} : { sha256 }) });
    },
    async close() {
      await Promise.all([...clusters.values(), ...gateways.values()].map(({ client }) => client.close()));
    },
  };
}

const nobody: ClusterListener = { flinkAsked: () => undefined, breakerMoved: () => undefined, targetLooked: () => undefined };

function endpointOf({ name, spec }: TargetReference, field: 'url' | 'sqlGatewayUrl'): URL {
  const text = spec.session[field];
  if (text === undefined) throw new DreyError('configuration', `deployment target ${name} has no session.${field}`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:'))
    return new URL(url.pathname.replace(/\/*$/, '/'), url.origin);
  throw new DreyError('configuration', `deployment target ${name}: session.${field} "${text}" is not a URL such as http://jobmanager:8081`);
}

function sessionCluster(client: FlinkClient, endpoint: string, limits: FlinkLimits, looked: (isUp: boolean) => void): Cluster {
  const { view, fingerprint, offersApplications, watched, forget } = views(client, endpoint, looked);
  const upload = jarUploads(client);
  return {
    view,
    find: (id) => watched(find(client, endpoint, id)),
    application: (id) =>
      watched(offersApplications().then((offered) => (offered ? applicationState(client, endpoint, id) : { kind: 'unknown' }))),
    rootCause: (id) => watched(rootCause(client, id)),
    metrics: (id) => watched(client.metrics(id)),
    upload: (artifact) => watched(upload(artifact)),
    submissionSlot: slots(limits.submissionsAtOnce),
    fingerprint,
    submit: submission(client, endpoint, { offersApplications, forget }),
    cancel: (id) => watched(client.cancelJob(id)),
    // Before 2.3 there is no fence: the submission window has to pass.
    cancelApplication: (id) => watched(offersApplications().then((offered) => (offered ? client.cancelApplication(id) : undefined))),
    ...savepoints(client, endpoint, limits, watched),
  };
}

/**
 * The word comes from `/jobs/:id/status`, which is fresh; the tasks from `/jobs/:id`, a cache up to 3 s old that said INITIALIZING of a job
 * that was already CANCELED. So they only count where both agree on the state. Both know a job that an overview leaves out because
 * its JobMaster did not answer in time.
 */
async function find(client: FlinkClient, endpoint: string, id: string): Promise<ListedJob | undefined> {
  const status = await client.jobStatus(id);
  const details = status === undefined ? undefined : await client.jobDetails(id);
  if (status === undefined || details === undefined) return undefined;
  const word = flinkWord(status);
  const found = { ...details, endpoint: `GET ${endpoint}jobs/${id}/status` };
  return word === details.word ? found : { ...found, word, tasksReady: false };
}

/**
 * `/jobs/:id` and `/exceptions` come from one cache, up to 3 s old (`web.refresh-interval`): of a job that has just FAILED it may hold no exception,
 * or that of an earlier restart. So its exceptions only count once its details say FAILED too.
 */
async function rootCause(client: FlinkClient, id: string): Promise<string | undefined> {
  const details = await client.jobDetails(id);
  return details === undefined || details.word === 'FAILED' ? causeOf(client.jobExceptions(id)) : undefined;
}

/** How long a job that was submitted while its application was cancelled may take to be listed. */
const CANCELING_SETTLES_MS = 5000;

/**
 * An application that is cancelled while main() runs goes CANCELING, then at once CANCELED, and jobs that its main() submits later are refused. In
 * 2.3.0 it stayed CANCELING for ever in a sixth of the cases: main() ends by the interruption before its cancellation is noted, which Flink takes
 * for a failure and cannot bring together with CANCELING. It then has an entry in its `/exceptions`, and those are made after main() has ended only.
 * If main() was submitting its job at that moment, the job comes, and nobody cancels it: hence the wait, and the look-up that follows any end.
 */
async function applicationState(client: FlinkClient, address: string, id: string): Promise<ApplicationState> {
  const application = await client.application(id);
  if (application === undefined) return { kind: 'unknown' };
  const { status, cancelingForMs } = application;
  const endpoint = `GET ${address}applications/${id}`;
  if (status === 'FINISHED' || status === 'CANCELED') return { kind: 'ended', endpoint, status };
  if (status === 'FAILED') return { kind: 'ended', endpoint, status, cause: await causeOf(client.applicationExceptions(id)) };
  if (status === 'CANCELING' && cancelingForMs >= CANCELING_SETTLES_MS) {
    const exceptions = (await client.applicationExceptions(id)) ?? [];
    if (exceptions.length > 0) return { kind: 'ended', endpoint, status: 'CANCELED' };
  }
  return { kind: 'running' };
}

async function causeOf(exceptions: Promise<readonly string[] | undefined>): Promise<string> {
  return causeIn(await exceptions);
}
