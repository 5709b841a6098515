import { randomUUID } from 'node:crypto';
import { removeSnapshot } from './snapshot-files.ts';
import { savepointMissing, trace } from './texts.ts';

/** A checkpoint or savepoint as Flink remembers it. */
interface SimulatedSnapshot {
  readonly type: 'CHECKPOINT' | 'SAVEPOINT' | 'SYNC_SAVEPOINT';
  /** As Flink writes it: `file:/…`. */
  readonly path: string;
  /** Deleted by Flink when the job ended. */
  discarded: boolean;
}

/** A savepoint, a stop or a disposal. */
export type SimulatedOperation =
  /** `end` ends it, as the job and its directory have it. */
  | { readonly kind: 'inProgress'; readonly end: () => void }
  | { readonly kind: 'completed'; readonly location?: string }
  | { readonly kind: 'failed'; readonly chain: readonly string[] };

export type TaskCounts = Partial<
  Record<'running' | 'scheduled' | 'deploying' | 'initializing' | 'reconciling' | 'created' | 'finished' | 'canceled' | 'failed', number>
>;

/** A Flink job; tests change it at will. */
export interface SimulatedJob {
  readonly id: string;
  name: string;
  /** Any text: also words that Flink does not have. */
  state: string;
  startedAtMs: number;
  tasks: TaskCounts;
  /** What numRestarts says. */
  restarts: number;
  /** Flink answers `[]` to the first question for a metric. */
  metricsAsked: boolean;
  /** Stack traces, newest first. */
  exceptions: string[];
  /** As when its JobMaster does not answer in time: by its id it is known. */
  omittedFromOverview: boolean;
  /** The arguments of its main(). */
  args: readonly string[];
  /** The path of its savepointPath. */
  restored?: string;
  checkpoint?: SimulatedSnapshot;
  savepoint?: SimulatedSnapshot;
  /** How many checkpoints and savepoints were made of it. */
  snapshots: number;
  /** RETAIN_ON_CANCELLATION. */
  retainsCheckpoints: boolean;
}

export interface SimulatedApplication {
  readonly id: string;
  status: string;
  exceptions: string[];
  /** How long it has been CANCELING. */
  cancelingForMs: number;
  /** Breaks off a main() that still runs. */
  readonly interrupt: AbortController;
}

/** One incarnation of the JobManager: everything that is lost when the process ends. */
export interface JobManager {
  readonly uuid: string;
  readonly jobs: Map<string, SimulatedJob>;
  readonly applications: Map<string, SimulatedApplication>;
  /** Of savepoints and stops, by job and trigger id. */
  readonly savepoints: Map<string, SimulatedOperation>;
  readonly disposals: Map<string, SimulatedOperation>;
  addJob(id: string, state: string, tasks: TaskCounts): SimulatedJob;
}

export function newJobManager(): JobManager {
  const jobs: JobManager['jobs'] = new Map();
  return {
    uuid: randomUUID(),
    jobs,
    applications: new Map(),
    savepoints: new Map(),
    disposals: new Map(),
    addJob(id, state, tasks) {
      const job: SimulatedJob = {
        id,
        name: 'Flink Streaming Job',
        state,
        startedAtMs: Date.now(),
        tasks,
        restarts: 0,
        metricsAsked: false,
        exceptions: [],
        omittedFromOverview: false,
        args: [],
        snapshots: 0,
        retainsCheckpoints: true,
      };
      jobs.set(id, job);
      return job;
    },
  };
}

const TERMINAL = ['FINISHED', 'FAILED', 'CANCELED'];
export const isEnded = (state: string): boolean => TERMINAL.includes(state);

const total = (tasks: TaskCounts): number => Object.values(tasks).reduce((sum, n) => sum + n, 0);

const NO_TASKS = {
  running: 0,
  canceling: 0,
  canceled: 0,
  total: 0,
  created: 0,
  scheduled: 0,
  deploying: 0,
  reconciling: 0,
  finished: 0,
  initializing: 0,
  failed: 0,
};

export function overviewEntry(job: SimulatedJob, version: string): object {
  const ended = isEnded(job.state);
  return {
    jid: job.id,
    name: job.name,
    ...(version.startsWith('1.') ? {} : { jobType: 'STREAMING', schedulerType: 'Default', 'pending-operators': 0 }),
    'start-time': job.startedAtMs,
    'end-time': ended ? job.startedAtMs + 1 : -1,
    duration: 1,
    state: job.state,
    'last-modification': job.startedAtMs,
    tasks: { ...NO_TASKS, ...job.tasks, total: total(job.tasks) },
  };
}

export function jobDetails(job: SimulatedJob): object {
  const { total: _total, ...none } = NO_TASKS;
  const upper = Object.fromEntries(Object.entries({ ...none, ...job.tasks }).map(([state, n]) => [state.toUpperCase(), n]));
  const vertices =
    total(job.tasks) === 0
      ? []
      : [{ id: 'ca88eee0095684d687a1b6495617f957', name: 'Source: numbers', parallelism: total(job.tasks), tasks: upper }];
  return { jid: job.id, name: job.name, state: job.state, 'start-time': job.startedAtMs, 'end-time': -1, vertices, plan: {} };
}

export function exceptions(traces: readonly string[], version: string): object {
  const entries = traces.map((stacktrace) => ({ exceptionName: stacktrace.split(':')[0], stacktrace, timestamp: 1, failureLabels: {} }));
  return { ...(version.startsWith('1.') ? { 'root-exception': traces[0] ?? null, truncated: false } : {}), exceptionHistory: { entries } };
}

export function fail(job: SimulatedJob, cause = 'java.lang.IllegalStateException: told to fail for good'): void {
  job.state = 'FAILED';
  job.tasks = { failed: Math.max(1, total(job.tasks)) };
  job.exceptions.unshift(trace('org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestartBackoffTimeStrategy', cause));
}

export function failToInitialize(job: SimulatedJob, savepointPath: string): void {
  job.state = 'FAILED';
  job.tasks = {};
  job.exceptions.unshift(trace(...savepointMissing(savepointPath)));
}

export function finish(job: SimulatedJob): void {
  job.state = 'FINISHED';
  job.tasks = { finished: Math.max(1, total(job.tasks)) };
  discardCheckpoint(job);
}

export function cancel(job: SimulatedJob): void {
  job.state = 'CANCELED';
  job.tasks = { canceled: Math.max(1, total(job.tasks)) };
  if (!job.retainsCheckpoints) discardCheckpoint(job);
}

/** It stays in Flink's memory. */
function discardCheckpoint({ checkpoint }: SimulatedJob): void {
  if (checkpoint === undefined) return;
  removeSnapshot(checkpoint.path);
  checkpoint.discarded = true;
}
