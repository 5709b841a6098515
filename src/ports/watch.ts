import type { Deployment } from '../domain/deployment.ts';
import type { Event } from '../domain/event.ts';
import type { Job } from '../domain/job.ts';
import type { Savepoint } from '../domain/savepoint.ts';

/** What can be watched, by the names of its tables. */
export type WatchedKind = 'deployments' | 'jobs' | 'savepoints' | 'events';

/** A row that changed, or went. */
export interface Mark {
  readonly id: string;
  readonly version: number;
  /** When by the database's clock, read in the transaction that made the change. */
  readonly at: Date;
  readonly createdAt: Date;
  /** What is left of a resource that was deleted. */
  readonly deleted?: { readonly namespace: string; readonly name?: string; readonly deploymentId?: string };
}

/** What was deleted is told for this long; who was away for longer reads everything anew. */
export const DELETIONS_KEPT_MS = 24 * 3_600_000;

/**
 * What changed, for those who watch. A change carries the time at which its transaction read the clock and is seen when that commits, so whoever asks
 * for what came after a moment has to ask for more: for what came after `moment - LONGEST_CHANGE_MS`.
 */
export interface WatchStore {
  /** What changed or went after a moment, oldest first, and the database's time before it was read. Of several changes of a row the last. */
  changesSince(kind: WatchedKind, since: Date): Promise<{ marks: Mark[]; now: Date }>;
  /** Those of the ids that are there. */
  deploymentsByIds(ids: readonly string[]): Promise<Deployment[]>;
  jobsByIds(ids: readonly string[]): Promise<Job[]>;
  savepointsByIds(ids: readonly string[]): Promise<Savepoint[]>;
  eventsByIds(ids: readonly string[]): Promise<Event[]>;
  /** Forgets at most so many deletions that are told no more. */
  forgetDeletions(most: number): Promise<number>;
}

/** No transaction takes as long from reading the clock to its commit: locks are waited for 5 s, an idle transaction is ended after 10 s. */
export const LONGEST_CHANGE_MS = 60_000;
