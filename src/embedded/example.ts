import { setTimeout as sleep } from 'node:timers/promises';
import type { Screen } from './screen.ts';

export const namespacePath = '/api/v1/namespaces/default';

const name = 'example';
const askMs = 5000;
const everyMs = 1000;

/** Where the daemon is asked. */
interface Daemon {
  /** `http://127.0.0.1:8080` */
  readonly apiUrl: string;
  /** The admin's, where the daemon wants one. */
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
}

interface Example {
  readonly flinkUrl: string;
  /** The jar with flinkkit.CountingJob. */
  readonly jarPath: string;
}

/**
 * Declares the target `local`, which is our Flink, and a Deployment `example` that counts for ever; what is there already
 * stays as it is.
 * @throws Error with the daemon's own words when it refuses, or when `local` is another Flink since an earlier run.
 */
export async function declareExample(daemon: Daemon, { flinkUrl, jarPath }: Example): Promise<void> {
  await declare(daemon, '/deployment-targets', {
    kind: 'DeploymentTarget',
    apiVersion: 'v1',
    metadata: { name: 'local', namespace: 'default' },
    spec: { session: { url: flinkUrl } },
  });
  const target = await ask(daemon, '/deployment-targets/local');
  const { spec } = JSON.parse(target.body) as { spec: { session: { url: string } } };
  if (spec.session.url !== flinkUrl) {
    throw new Error(
      `the target local of this folder is ${spec.session.url}, which never changes, and Flink is at ${flinkUrl} now: ` +
        'start with that --flink-port, or remove the folder .drey to begin anew',
    );
  }
  await declare(daemon, '/deployments', exampleDeployment(jarPath));
}

function exampleDeployment(jarPath: string): object {
  return {
    kind: 'Deployment',
    apiVersion: 'v1',
    metadata: { name, namespace: 'default' },
    spec: {
      state: 'RUNNING',
      deploymentTargetName: 'local',
      upgradeStrategy: { kind: 'STATEFUL' },
      restoreStrategy: { kind: 'LATEST_STATE' },
      template: {
        spec: {
          artifact: { kind: 'JAR', jarUri: `file:${jarPath}`, entryClass: 'flinkkit.CountingJob', mainArgs: '--rate 10' },
          parallelism: 1,
          flinkConfiguration: {
            // What it counted so far outlives it, also the next time that all this is stopped.
            'execution.checkpointing.interval': '5 s',
            // Without one the first failure would end the Flink job.
            'restart-strategy.type': 'fixed-delay',
            'restart-strategy.fixed-delay.attempts': '1000',
            'restart-strategy.fixed-delay.delay': '1 s',
          },
        },
      },
    },
  };
}

async function declare(daemon: Daemon, path: string, resource: object): Promise<void> {
  const { ok, status, body } = await ask(daemon, path, resource);
  const isThere = status === 409;
  if (!ok && !isThere) throw new Error(`POST ${namespacePath}${path} was answered with ${status}: ${body}`);
}

/** Shows the example Deployment and its newest Job once a second, until `signal` is aborted. */
export async function watchExample(daemon: Daemon, screen: Screen): Promise<void> {
  const { signal } = daemon;
  let last = '';
  do {
    const lines = await look(daemon, screen.isLive);
    const text = lines.join('; ');
    if (screen.isLive) screen.show(['', ...lines]);
    else if (text !== last && !signal.aborted) screen.say(`${new Date().toISOString()} ${text}`);
    last = text;
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  } while (!signal.aborted);
}

/** What is shown of a Deployment. */
interface Deployment {
  readonly metadata: { readonly id: string };
  readonly spec: { readonly state: string };
  readonly status: { readonly state: string };
}

/** What is shown of a Job. */
interface Job {
  readonly metadata: { readonly id: string };
  readonly status: {
    readonly state: string;
    readonly started?: {
      readonly lastUpdateTime: string;
      readonly observedFlinkJobStatus: string;
      readonly observedFlinkJobRestarts: number;
    };
    readonly failure?: { readonly message: string };
  };
}

/** In words; `withAge`: also how long ago the Job was last seen. */
async function look(daemon: Daemon, withAge: boolean): Promise<string[]> {
  try {
    const found = await ask(daemon, `/deployments/${name}`);
    if (found.status === 404) return [`There is no Deployment ${name}`];
    if (!found.ok) throw new Error(`status ${found.status}`);
    const { metadata, spec, status } = JSON.parse(found.body) as Deployment;
    const first = `Deployment ${name}  ${status.state}${spec.state === status.state ? '' : ` (wanted: ${spec.state})`}`;
    const jobs = await ask(daemon, `/jobs?deploymentId=${metadata.id}`);
    if (!jobs.ok) throw new Error(`status ${jobs.status}`);
    const newest = (JSON.parse(jobs.body) as { items: Job[] }).items.at(-1); // in the order of their ids, which grow with time
    return [first, newest === undefined ? 'No Job yet' : describe(newest, withAge)];
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return [`drey serve does not answer: ${cause instanceof Error ? cause.message : String(cause)}`];
  }
}

function describe({ metadata, status: { state, started, failure } }: Job, withAge: boolean): string {
  const job = `Job ${metadata.id}  ${state}`;
  if (failure !== undefined) return `${job}: ${failure.message.split('\n')[0] ?? ''}`;
  if (started === undefined) return job;
  const restarts = `${started.observedFlinkJobRestarts} restart${started.observedFlinkJobRestarts === 1 ? '' : 's'}`;
  const ageMs = Date.now() - Date.parse(started.lastUpdateTime);
  const age = withAge ? `, seen ${Math.max(0, Math.round(ageMs / 1000))} s ago` : '';
  return `${job}  Flink says ${started.observedFlinkJobStatus}, ${restarts}${age}`;
}

/** Asks the daemon for what is at a path of the namespace, or sends it something new. @throws TypeError when it cannot be reached, TimeoutError after 5 s, the signal's reason when aborted. */
async function ask({ apiUrl, token, signal }: Daemon, path: string, sent?: object): Promise<{ ok: boolean; status: number; body: string }> {
  const response = await fetch(`${apiUrl}${namespacePath}${path}`, {
    ...(sent === undefined ? {} : { method: 'POST', body: JSON.stringify(sent) }),
    headers: {
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(askMs)]),
  });
  return { ok: response.ok, status: response.status, body: await response.text() };
}
