import { isDreyError } from '../src/domain/errors.ts';
import { flinkJobId, isFinal, isUnreleased, targetOf, type Job } from '../src/domain/job.ts';
import { jobSetAside } from './aside.ts';
import { lookSoon } from './look-soon.ts';
import { done, snooze, type Outcome } from './outcome.ts';
import type { Handler, WorkerParts } from './parts.ts';
import { leftBehindWith } from './release.ts';
import { sessionCloser } from './sql-session.ts';

/**
 * Asks Flink to cancel a TERMINATING Job, again and again until the probe has seen its end. Gives no verdict but one: a Job that was
 * never submitted has nothing to cancel. Of an ended Job it records what that left behind.
 */
export function terminateHandler(parts: WorkerParts): Handler {
  const { store, engine, targets, log } = parts;

  const leftBehind = leftBehindWith(parts);
  const closeSession = sessionCloser(parts);

  const cancel = async (job: Job): Promise<void> => {
    const cluster = targets.cluster(targetOf(job));
    try {
      // What its script has begun there and not sent yet will not be sent.
      await delivered(job.id, async () => {
        await closeSession(job);
      });
    } finally {
      await cluster.cancel(flinkJobId(job));
    }
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

  /** A cluster that cannot be told now is told again. False: it was not told. */
  const delivered = async (jobId: string, deliver: () => Promise<void>): Promise<boolean> => {
    try {
      await deliver();
      return true;
    } catch (error) {
      if (!isDreyError(error) || !error.retryable) throw error;
      log.info({ job: jobId, cause: error.message }, 'cluster not reached yet, it will be tried again');
      return false;
    }
  };

  const release = async (job: Job, now: Date): Promise<Outcome> => {
    const since = job.terminatedAt ?? job.modifiedAt;
    const isReleased = await delivered(job.id, async () => {
      await closeSession(job, { since, now });
      await engine.jobs.release(job, await leftBehind(job));
    });
    return isReleased ? done : snooze(pauseMs(now.getTime() - since.getTime()));
  };

  return {
    version: (id) => store.jobVersion(id),
    setAside: jobSetAside(parts),
    async run({ id }) {
      const row = await store.job(id);
      if (row === undefined || (isFinal(row.job.state) && !isUnreleased(row.job))) return cancelStray(id);
      const { job, now } = row;
      if (isUnreleased(job)) return release(job, now);
      if (job.state !== 'TERMINATING') return done;
      if (job.submission === 'none') {
        await engine.jobs.decideByDeadline(job);
        return done;
      }
      const ageMs = now.getTime() - (job.terminatingAt ?? job.modifiedAt).getTime();
      if (ageMs > parts.terminateReportAfterMs) log.warn({ job: id, ageMs }, 'job is still terminating');
      const waitsMs = job.terminateMode === 'stopped' ? STOPPED_GRACE_MS - ageMs : 0;
      if (waitsMs > 0) return snooze(waitsMs);
      await delivered(id, () => cancel(job));
      await lookSoon(parts, job.targetId);
      return snooze(pauseMs(ageMs));
    },
  };
}

/** A Job that its savepoint stopped ends by itself, and is cancelled if it does not. */
const STOPPED_GRACE_MS = 30_000;

/** Between one request to cancel a stray and the next. */
const STRAY_PAUSE_MS = 10_000;

/** Between one request and the next: half its age, from 1 s to 30 s. */
const pauseMs = (ageMs: number): number => Math.min(30_000, Math.max(1000, ageMs / 2));
