import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type OwnDaemon } from './own-daemon.ts';
import type { Screen } from './screen.ts';

const everyMs = 1000;

/** Shows Deployments with the newest Job of each once a second, until `signal` is aborted; where there is no terminal, each that changed. */
export async function watchDeployments(daemon: OwnDaemon, names: readonly string[], screen: Screen): Promise<void> {
  const { signal } = daemon;
  let last: readonly string[] = [];
  do {
    const seen = await look(daemon, names, screen.isLive);
    const texts = seen.map((lines) => lines.join('; '));
    if (screen.isLive) screen.show(seen.flatMap((lines) => ['', ...lines]));
    else for (const text of texts) if (!last.includes(text) && !signal.aborted) screen.say(`${new Date().toISOString()} ${text}`);
    last = texts;
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

/** In words, the lines of each; `withAge`: also how long ago the Job was last seen. Never throws. */
async function look(daemon: OwnDaemon, names: readonly string[], withAge: boolean): Promise<(readonly string[])[]> {
  try {
    return await Promise.all(names.map((name) => lookAt(daemon, name, withAge)));
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return [[`drey serve does not answer: ${cause instanceof Error ? cause.message : String(cause)}`]];
  }
}

async function lookAt(daemon: OwnDaemon, name: string, withAge: boolean): Promise<readonly string[]> {
  const found = await ask(daemon, `/deployments/${name}`);
  if (found.status === 404) return [`There is no Deployment ${name}`];
  if (!found.ok) throw new Error(`status ${found.status}`);
  const { metadata, spec, status } = JSON.parse(found.body) as Deployment;
  const first = `Deployment ${name}  ${status.state}${spec.state === status.state ? '' : ` (wanted: ${spec.state})`}`;
  const jobs = await ask(daemon, `/jobs?deploymentId=${metadata.id}`);
  if (!jobs.ok) throw new Error(`status ${jobs.status}`);
  const newest = (JSON.parse(jobs.body) as { items: Job[] }).items.at(-1); // in the order of their ids, which grow with time
  return [first, newest === undefined ? 'No Job yet' : describe(newest, withAge)];
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
