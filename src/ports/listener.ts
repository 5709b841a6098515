import type { CommandKind } from '../domain/due.ts';
import type { JobState } from '../domain/job.ts';

/** Is told what happens in this process, for metrics. Never throws, never waits. Durations and ages in milliseconds. */
export interface Listener {
  /** A Job was made (`from` is NONE) or moved; `tookMs`: since it was made or had moved before. */
  jobMoved(from: JobState | 'NONE', to: JobState, tookMs: number): void;
  /** A guarded write found another version: it is decided anew. */
  staleWrite(): void;
  commandEnded(kind: CommandKind, outcome: 'done' | 'snoozed' | 'failed' | 'setAside', tookMs: number): void;
  /** `repair` put commands back. */
  requeued(kind: CommandKind, count: number): void;
  /** A pass over a shard ended; `lagMs`: how long after its time it began. */
  swept(tookMs: number, lagMs: number): void;
  /** Observations were written, each of this age. */
  observed(agesMs: readonly number[]): void;
  /** A request to Flink ended; `endpoint` is the method and the path with names for its ids, `code` the status or why there is none. */
  flinkAsked(target: string, endpoint: string, code: string, tookMs: number): void;
  breakerMoved(target: string, state: 'closed' | 'open' | 'halfOpen'): void;
  /** A look at a target's cluster succeeded or failed. */
  targetLooked(target: string, isUp: boolean): void;
  strayCancelled(): void;
  /** The cleanup deleted this many of a kind. */
  deleted(kind: 'jobs' | 'events' | 'deployments' | 'ids', count: number): void;
  /** A whole cleanup of a kind succeeded, and this many wait for the next. */
  cleaned(kind: 'jobs' | 'events', pending: number): void;
}
