import { setTimeout as sleep } from 'node:timers/promises';
import { ask, at, textAt } from './api-client.ts';
import { exampleName, namespacePath } from './example.ts';
import type { Screen } from './screen.ts';

const everyMs = 1000;

/** Shows the example Deployment and its newest Job once a second, until `signal` is aborted. */
export async function watchExample(apiUrl: string, screen: Screen, signal: AbortSignal): Promise<void> {
  let last = '';
  const isWanted = () => !signal.aborted;
  while (isWanted()) {
    const seen = await look(apiUrl, signal);
    if (screen.isLive) {
      screen.show(['', ...describe(seen, Date.now())]);
    } else {
      const lines = describe(seen).join('; ');
      if (lines !== last && isWanted()) screen.say(`${new Date().toISOString()} ${lines}`);
      last = lines;
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

interface Seen {
  readonly deployment: unknown;
  /** The newest of the Deployment; undefined as long as it has none. */
  readonly job: unknown;
  /** Why there was no answer. */
  readonly fault?: string;
}

async function look(apiUrl: string, signal: AbortSignal): Promise<Seen> {
  try {
    const deployment = await ask(`${apiUrl}${namespacePath}/deployments/${exampleName}`, { signal });
    if (deployment.status === 404) return { deployment: undefined, job: undefined };
    if (deployment.status !== 200) throw new Error(`status ${deployment.status}`);
    const id = textAt(deployment.body, 'metadata', 'id') ?? '';
    const jobs = await ask(`${apiUrl}${namespacePath}/jobs?deploymentId=${id}`, { signal });
    if (jobs.status !== 200) throw new Error(`status ${jobs.status}`);
    return { deployment: deployment.body, job: newestOf(jobs.body) };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { deployment: undefined, job: undefined, fault: cause instanceof Error ? cause.message : String(cause) };
  }
}

function newestOf(list: unknown): unknown {
  const jobs = at(list, 'items');
  const createdAt = (job: unknown) => Date.parse(textAt(job, 'metadata', 'createdAt') ?? '') || 0;
  return Array.isArray(jobs) ? jobs.toSorted((a: unknown, b: unknown) => createdAt(b) - createdAt(a))[0] : undefined;
}

/** In words; with `now` (milliseconds since 1970) also how old the last observation is. */
function describe({ deployment, job, fault }: Seen, now?: number): string[] {
  if (fault !== undefined) return [`drey serve does not answer: ${fault}`];
  if (deployment === undefined) return [`There is no Deployment ${exampleName}`];
  const wanted = textAt(deployment, 'spec', 'state');
  const state = textAt(deployment, 'status', 'state');
  const first = `Deployment ${exampleName}  ${state ?? '?'}${wanted === state ? '' : ` (wanted: ${wanted ?? '?'})`}`;
  if (job === undefined) return [first, 'No Job yet'];
  return [first, `Job ${textAt(job, 'metadata', 'id') ?? '?'}  ${textAt(job, 'status', 'state') ?? '?'}${observed(job, now)}`];
}

function observed(job: unknown, now: number | undefined): string {
  const failure = textAt(job, 'status', 'failure', 'message');
  if (failure !== undefined) return `: ${failure.split('\n')[0] ?? ''}`;
  const started = at(job, 'status', 'started');
  if (started === undefined) return '';
  const restarts = at(started, 'observedFlinkJobRestarts');
  const seenAt = Date.parse(textAt(started, 'lastUpdateTime') ?? '');
  const age = now === undefined || Number.isNaN(seenAt) ? '' : `, seen ${Math.max(0, Math.round((now - seenAt) / 1000))} s ago`;
  const count = typeof restarts === 'number' ? `, ${restarts} restart${restarts === 1 ? '' : 's'}` : '';
  return `  Flink says ${textAt(started, 'observedFlinkJobStatus') ?? 'nothing yet'}${count}${age}`;
}
