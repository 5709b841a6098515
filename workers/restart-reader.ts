import type { Job } from '../src/domain/job.ts';
import type { Cluster, ListedJob } from '../src/ports.ts';
import type { WorkerParts } from './parts.ts';

/** How often in a row an empty answer is asked again at the next pass: the first question only makes Flink fetch the value. */
const MOST_EMPTY = 3;

interface Reading {
  readonly atMs: number;
  readonly empty: number;
  readonly word: string | undefined;
  readonly startedAtMs: number;
}

/**
 * Reads a job's restart counter after a start, when something moved, and at an interval; resolves with undefined when it was not read
 * or Flink does not say. Flink answers `[]` at first and for unknown jobs, which is not zero.
 */
export function restartReader({ monotonicMs, restartCountIntervalMs }: WorkerParts) {
  // What was read last, by Job. An entry goes with the look that sees the job's end; those left over are dropped when too many.
  const readings = new Map<string, Reading>();

  const isDue = (last: Reading | undefined, { word, startedAtMs }: ListedJob): boolean =>
    last === undefined ||
    last.word !== word ||
    last.startedAtMs !== startedAtMs ||
    (last.empty > 0 && last.empty <= MOST_EMPTY) ||
    monotonicMs() - last.atMs >= restartCountIntervalMs;

  return async (job: Job, listed: ListedJob, cluster: Cluster): Promise<number | undefined> => {
    if (listed.word !== 'RUNNING' && listed.word !== 'RESTARTING') {
      readings.delete(job.id);
      return undefined;
    }
    const last = readings.get(job.id);
    if (!isDue(last, listed)) return undefined;
    const restarts = await cluster.restarts(listed.id);
    readings.set(job.id, {
      atMs: monotonicMs(),
      empty: restarts === undefined ? (last?.empty ?? 0) + 1 : 0,
      word: listed.word,
      startedAtMs: listed.startedAtMs,
    });
    if (readings.size > 50_000) readings.clear();
    return restarts;
  };
}
