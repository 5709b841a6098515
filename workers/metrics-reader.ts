import type { JobRecord } from '../src/domain/job.ts';
import type { Cluster, JobMetrics, ListedJob } from '../src/ports/targets.ts';
import type { WorkerParts } from './parts.ts';

/** How often in a row an empty answer is asked again at the next pass: the first question only makes Flink fetch the values. */
const MOST_EMPTY = 3;

/**
 * Flink refreshes its metrics at an interval (10 s by default), and only when they are asked for: a reading shows what was fetched at the one before.
 * So two more follow each change, this long apart.
 */
const REFRESHED_MS = 11_000;
const FOLLOWING = 2;

interface Reading {
  readonly nextAtMs: number;
  /** When the job had moved last, as of that reading. */
  readonly changedAtMs: number | undefined;
  /** How many more are to follow the last change. */
  readonly following: number;
  /** Empty answers in a row. */
  readonly empty: number;
}

/**
 * Reads a job's counters (restarts, checkpoints) after a start, when something moved, and at an interval; resolves with nothing when they
 * were not read or Flink does not say. Flink answers `[]` at first and for unknown jobs, which is not zero.
 */
export function metricsReader({ monotonicMs, metricsIntervalMs }: Pick<WorkerParts, 'monotonicMs' | 'metricsIntervalMs'>) {
  // By Job. An entry goes with the look that sees the job's end; those left over are dropped when too many.
  const readings = new Map<string, Reading>();

  /** A daemon that takes over a fleet reads its counters spread over the interval, not all at its first look. */
  const firstOf = (job: JobRecord, { changedAtMs }: ListedJob, now: Date): Reading => {
    const isYoung = job.startedAt === undefined || now.getTime() - job.startedAt.getTime() < metricsIntervalMs;
    const waitMs = isYoung ? 0 : spreadOf(job.id) * metricsIntervalMs;
    return { nextAtMs: monotonicMs() + waitMs, changedAtMs, following: isYoung ? FOLLOWING + 1 : 0, empty: 0 };
  };

  return async (job: JobRecord, listed: ListedJob, cluster: Cluster, now: Date): Promise<JobMetrics> => {
    if (listed.word !== 'RUNNING' && listed.word !== 'RESTARTING') {
      readings.delete(job.id);
      return {};
    }
    if (readings.size > 50_000) readings.clear();
    const last = readings.get(job.id) ?? firstOf(job, listed, now);
    readings.set(job.id, last);
    const hasMoved =
      job.flinkWord !== listed.word ||
      job.flinkStartedAtMs !== listed.startedAtMs ||
      (listed.changedAtMs !== undefined && listed.changedAtMs !== last.changedAtMs);
    if (!hasMoved && monotonicMs() < last.nextAtMs) return {};
    const metrics = await cluster.metrics(listed.id);
    const empty = metrics.restarts === undefined ? last.empty + 1 : 0;
    const isAgain = empty > 0 && empty <= MOST_EMPTY;
    const following = hasMoved ? FOLLOWING : isAgain ? last.following : Math.max(0, last.following - 1);
    const pauseMs = isAgain ? 0 : following > 0 ? Math.min(REFRESHED_MS, metricsIntervalMs) : metricsIntervalMs;
    readings.set(job.id, { nextAtMs: monotonicMs() + pauseMs, changedAtMs: listed.changedAtMs ?? last.changedAtMs, following, empty });
    return metrics;
  };
}

/** A number from 0 to 1 that is always the same for one Job: the end of a UUIDv7 is random. */
const spreadOf = (id: string): number => Number.parseInt(id.slice(-4), 16) / 0x1_0000;
