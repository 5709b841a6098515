import type { EventName } from '../../src/domain/event.ts';
import type { JobState } from '../../src/domain/job.ts';
import type { SqlTable } from '../../src/domain/sql-session.ts';

/** What a client sees, as far as the tests look at it. */
export interface JobView {
  readonly metadata: { readonly id: string; readonly createdAt: string; readonly terminatedAt?: string };
  readonly spec: { readonly parallelism: number; readonly savepointLocation?: string };
  readonly status: {
    readonly state: JobState;
    readonly starting?: { readonly waitingFor?: string };
    readonly started?: {
      readonly flinkJobId: string;
      readonly observedFlinkJobStatus: string;
      readonly observedFlinkJobRestarts: number;
      readonly lastUpdateTime: string;
    };
    readonly sourceTables?: readonly SqlTable[];
    readonly sinkTables?: readonly SqlTable[];
    readonly failure?: { readonly message: string; readonly reason: string };
    readonly evidence?: { readonly endpoint?: string; readonly answer: string; readonly observedAt: string; readonly jobManager?: string };
  };
}
interface DeploymentView {
  readonly metadata: { readonly id: string; readonly resourceVersion: number };
  readonly status: {
    readonly state: string;
    readonly failure?: { readonly reason: string; readonly message: string };
    readonly running?: { readonly conditions: readonly { readonly type: string; readonly status: string; readonly message: string }[] };
  };
}
interface EventView {
  readonly metadata: { readonly name: EventName; readonly createdAt: string; readonly jobId?: string };
  readonly spec: { readonly message: string };
}
export interface SavepointView {
  readonly metadata: { readonly id: string; readonly jobId?: string; readonly origin: string };
  readonly spec: { readonly savepointLocation?: string };
  readonly status: {
    readonly state: string;
    readonly directory?: string;
    readonly failure?: { readonly reason: string; readonly message: string };
  };
}
interface StrayView {
  readonly metadata: { readonly id: string };
  readonly status: { readonly owner: string };
}

/** Where and how a Deployment runs, whatever it runs. */
interface Runs {
  readonly target: string;
  readonly parallelism?: number;
  readonly flinkConfiguration?: Readonly<Record<string, string>>;
  readonly spec?: object;
}

export interface DeploymentOptions extends Runs {
  readonly jarUri: string;
  readonly mainArgs?: string;
  readonly entryClass?: string;
}

/** Each Job begins anew, unless a test is about state: `spec` then says so. */
const WITHOUT_STATE = { upgradeStrategy: { kind: 'STATELESS' }, restoreStrategy: { kind: 'NONE' } };

/** A client of the API in the words of the tests. */
export function client(apiUrl: string) {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${apiUrl}/api/v1${path.startsWith('/retention') ? '' : '/namespaces/default'}${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer as T;
  };
  const createOf = (name: string, artifact: object, { target, parallelism = 1, flinkConfiguration, spec = {} }: Runs) =>
    call<DeploymentView>('POST', '/deployments', {
      metadata: { name },
      spec: {
        state: 'RUNNING',
        ...WITHOUT_STATE,
        deploymentTargetName: target,
        template: { spec: { artifact, parallelism, flinkConfiguration } },
        ...spec,
      },
    });
  return {
    declareTarget: (name: string, url: string, session: { readonly archiveDir?: string; readonly sqlGatewayUrl?: string } = {}) =>
      call('POST', '/deployment-targets', { metadata: { name }, spec: { session: { url, ...session } } }),
    create: (name: string, { jarUri, mainArgs, entryClass = 'flinkkit.CountingJob', ...options }: DeploymentOptions) =>
      createOf(name, { kind: 'JAR', jarUri, entryClass, mainArgs }, options),
    /** Creates a Deployment of a script. */
    createSql: (name: string, sqlScript: string, { target = 'session', ...options }: Partial<Runs> = {}) =>
      createOf(name, { kind: 'SQLSCRIPT', sqlScript }, { target, ...options }),
    patch: (name: string, spec: object) => call<DeploymentView>('PATCH', `/deployments/${name}`, { spec }),
    remove: (name: string) => call('DELETE', `/deployments/${name}`),
    deployment: (name: string) => call<DeploymentView>('GET', `/deployments/${name}`),
    jobs: async (name: string): Promise<readonly JobView[]> => {
      const { metadata } = await call<DeploymentView>('GET', `/deployments/${name}`);
      return (await call<{ items: JobView[] }>('GET', `/jobs?deploymentId=${metadata.id}`)).items;
    },
    events: async (name: string): Promise<readonly EventView[]> => {
      const { metadata } = await call<DeploymentView>('GET', `/deployments/${name}`);
      return (await call<{ items: EventView[] }>('GET', `/events?deploymentId=${metadata.id}`)).items;
    },
    savepoints: async (name: string): Promise<readonly SavepointView[]> => {
      const { metadata } = await call<DeploymentView>('GET', `/deployments/${name}`);
      return (await call<{ items: SavepointView[] }>('GET', `/savepoints?deploymentId=${metadata.id}`)).items;
    },
    takeSavepoint: async (name: string): Promise<SavepointView> => {
      const { metadata } = await call<DeploymentView>('GET', `/deployments/${name}`);
      return call<SavepointView>('POST', '/savepoints', { metadata: { deploymentId: metadata.id } });
    },
    deleteSavepoint: (id: string) => call<SavepointView>('DELETE', `/savepoints/${id}`),
    strays: async () => (await call<{ items: StrayView[] }>('GET', '/strays')).items,
    /** The Jobs that the limits would delete now. */
    expiredJobs: async () => (await call<{ status: { jobs: { id: string }[] } }>('GET', '/retention/plan')).status.jobs.map(({ id }) => id),
  };
}

export type Client = ReturnType<typeof client>;

/** Looks again and again until `accept` is content; throws what was seen last when `withinMs` are over. */
export async function eventually<T>(look: () => Promise<T>, accept: (seen: T) => boolean, withinMs = 60_000): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (accept(seen)) return seen;
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms; last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The newest Job, once it is in one of these states. */
export async function jobIn(api: Client, name: string, states: readonly JobState[], withinMs?: number): Promise<JobView> {
  const jobs = await eventually(
    () => api.jobs(name),
    (seen) => states.includes(seen.at(-1)?.status.state ?? 'STARTING') && seen.length > 0,
    withinMs,
  );
  return jobs.at(-1)!;
}

export const deploymentIn = (api: Client, name: string, state: string, withinMs?: number) =>
  eventually(
    () => api.deployment(name),
    ({ status }) => status.state === state,
    withinMs,
  );

export interface FlinkJobView {
  readonly jid: string;
  readonly state: string;
  readonly 'start-time': number;
  readonly 'end-time': number;
  readonly tasks: Readonly<Record<'running' | 'total', number>>;
}

/** All jobs that a Flink cluster lists. */
export async function flinkJobs(restUrl: string): Promise<readonly FlinkJobView[]> {
  const response = await fetch(`${restUrl}/jobs/overview`);
  return ((await response.json()) as { jobs: FlinkJobView[] }).jobs;
}

export const flinkId = (job: JobView): string => job.metadata.id.replaceAll('-', '');

/** What the daemon's metrics say of the series of this name with these labels (`target="x"`). */
export async function metric(managementUrl: string, name: string, ...labels: string[]): Promise<number | undefined> {
  const text = await (await fetch(`${managementUrl}/metrics`)).text();
  const line = text.split('\n').find((each) => /^\w+/.exec(each)?.[0] === name && labels.every((label) => each.includes(label)));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
}
