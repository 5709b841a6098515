import type { JobRecord } from '../src/domain/job.ts';
import type { Cluster, JobMetrics, ListedJob } from '../src/ports.ts';
import type { WorkerParts } from './parts.ts';

/** How often in a row an empty answer is asked again at the next pass: the first question only makes Flink fetch the values. */
const MOST_EMPTY = 3;

interface Reading {
  readonly atMs: number;
  readonly empty: number;
  readonly word: string | undefined;
  readonly startedAtMs: number;
}

/**
 * Reads a job's counters (restarts, checkpoints) after a start, when something moved, and at an interval; resolves with nothing when they
 * were not read or Flink does not say. Flink answers `[]` at first and for unknown jobs, which is not zero.
 */
export function metricsReader({ monotonicMs, metricsIntervalMs }: Pick<WorkerParts, 'monotonicMs' | 'metricsIntervalMs'>) {
  // What was read last, by Job. An entry goes with the look that sees the job's end; those left over are dropped when too many.
  const readings = new Map<string, Reading>();

  const isDue = (last: Reading | undefined, { word, startedAtMs }: ListedJob): boolean =>
    last === undefined ||
    last.word !== word ||
    last.startedAtMs !== startedAtMs ||
    (last.empty > 0 && last.empty <= MOST_EMPTY) ||
    monotonicMs() - last.atMs >= metricsIntervalMs;

  return async (job: JobRecord, listed: ListedJob, cluster: Cluster): Promise<JobMetrics> => {
    if (listed.word !== 'RUNNING' && listed.word !== 'RESTARTING') {
      readings.delete(job.id);
      return {};
    }
    const last = readings.get(job.id);
    if (!isDue(last, listed)) return {};
    const metrics = await cluster.metrics(listed.id);
    readings.set(job.id, {
      atMs: monotonicMs(),
      empty: metrics.restarts === undefined ? (last?.empty ?? 0) + 1 : 0,
      word: listed.word,
      startedAtMs: listed.startedAtMs,
    });
    if (readings.size > 50_000) readings.clear();
    return metrics;
  };
}
