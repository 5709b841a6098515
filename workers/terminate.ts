import { isDreyError } from '../src/domain/errors.ts';
import { flinkJobId, isFinal, type Job } from '../src/domain/job.ts';
import { jobSetAside } from './aside.ts';
import { lookSoon } from './look-soon.ts';
import { done, snooze, type Outcome } from './outcome.ts';
import type { Handler, WorkerParts } from './parts.ts';

/**
 * Asks Flink to cancel a TERMINATING Job, again and again until the probe has seen its end. Gives no verdict but one: a Job that was
 * never submitted has nothing to cancel.
 */
export function terminateHandler(parts: WorkerParts): Handler {
  const { store, engine, targets, log } = parts;

  const cancel = async (job: Job): Promise<void> => {
    const cluster = targets.cluster(job.spec.deploymentTarget);
    await cluster.cancel(flinkJobId(job));
    // main() may still be running: cancelling its application keeps the id refused and leaves no job.
    if (job.submission === 'inDoubt') await cluster.cancelApplication(flinkJobId(job));
  };

  /** A Flink job that lives although its Job has ended, and whose row may be gone: all that is needed of it is remembered with its id. */
  const cancelStray = async (jobId: string): Promise<Outcome> => {
    const [stray] = await store.flinkIds([flinkJobId({ id: jobId })]);
    if (stray?.straySince === undefined) return done;
    const target = await store.targetById(stray.targetId);
    if (target === undefined) return done;
    await delivered(jobId, () => targets.cluster(target).cancel(stray.flinkId));
    await lookSoon(parts, target.id);
    return snooze(STRAY_PAUSE_MS);
  };

  /** A cluster that cannot be told now is told again. */
  const delivered = async (jobId: string, deliver: () => Promise<void>): Promise<void> => {
    try {
      await deliver();
    } catch (error) {
      if (!isDreyError(error) || !error.retryable) throw error;
      log.info({ job: jobId, cause: error.message }, 'cancel not delivered yet');
    }
  };

  return {
    version: (id) => store.jobVersion(id),
    setAside: jobSetAside(parts),
    async run({ id }) {
      const row = await store.job(id);
      if (row === undefined || isFinal(row.job.state)) return cancelStray(id);
      if (row.job.state !== 'TERMINATING') return done;
      const { job, now } = row;
      if (job.submission === 'none') {
        await engine.jobs.decideByDeadline(job);
        return done;
      }
      const ageMs = now.getTime() - (job.terminatingAt ?? job.modifiedAt).getTime();
      if (ageMs > parts.terminateReportAfterMs) log.warn({ job: id, ageMs }, 'job is still terminating');
      await delivered(id, () => cancel(job));
      await lookSoon(parts, job.targetId);
      return snooze(pauseMs(ageMs));
    },
  };
}

/** Between one request to cancel a stray and the next. */
const STRAY_PAUSE_MS = 10_000;

/** Between one request and the next: half its age, from 1 s to 30 s. */
const pauseMs = (ageMs: number): number => Math.min(30_000, Math.max(1000, ageMs / 2));
