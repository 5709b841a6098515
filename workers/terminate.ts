import { isDreyError } from '../src/domain/errors.ts';
import { flinkJobId, type Job } from '../src/domain/job.ts';
import { lookSoon } from './look-soon.ts';
import { done, snooze } from './outcome.ts';
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

  return {
    version: (id) => store.jobVersion(id),
    async run({ id }) {
      const row = await store.job(id);
      if (row?.job.state !== 'TERMINATING') return done;
      const { job, now } = row;
      if (job.submission === 'none') {
        await engine.jobs.decideByDeadline(job);
        return done;
      }
      const ageMs = now.getTime() - (job.terminatingAt ?? job.modifiedAt).getTime();
      if (ageMs > parts.terminateReportAfterMs) log.warn({ job: id, ageMs }, 'job is still terminating');
      try {
        await cancel(job);
      } catch (error) {
        if (!isDreyError(error) || !error.retryable) throw error;
        log.info({ job: id, cause: error.message }, 'cancel not delivered yet');
      }
      await lookSoon(parts, job.targetId);
      return snooze(pauseMs(ageMs));
    },
  };
}

/** Between one request and the next: half its age, from 1 s to 30 s. */
const pauseMs = (ageMs: number): number => Math.min(30_000, Math.max(1000, ageMs / 2));
