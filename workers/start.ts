import { dueOf } from '../src/domain/due.ts';
import { DreyError, isDreyError, type ErrorCode } from '../src/domain/errors.ts';
import { flinkJobId, isAlive, targetOf, type Job, type JobFailure } from '../src/domain/job.ts';
import { isInDoubt } from '../src/domain/judge.ts';
import type { JobNow } from '../src/ports/store.ts';
import type { Cluster, ClusterView, FetchedArtifact } from '../src/ports/targets.ts';
import { jobSetAside } from './aside.ts';
import { lookSoon } from './look-soon.ts';
import { done, snooze, type Outcome } from './outcome.ts';
import type { Handler, WorkerParts } from './parts.ts';

// INVARIANTS
// 1. The intent (attempt, JobManager, id) is in the database before the submission is sent.
// 2. Before every submission the id is looked up; while one is in doubt there is no second.
// 3. An id is never sent to another JobManager than the one that may have had it: that one could run it a second time.

/** What keeps a Job from being submitted at all. Once something was sent, it is waited for. */
const REFUSALS: ReadonlyMap<ErrorCode, JobFailure['reason']> = new Map([
  ['artifactUnavailable', 'ArtifactUnavailable'],
  ['secretMissing', 'SecretMissing'],
]);

const BUSY_MS = 500;
const AGAIN_MS = 1000;

/** Brings a STARTING Job to its cluster. Decides nothing about it but what needs no observation: refusals and the deadline. */
export function startHandler(parts: WorkerParts): Handler {
  const { store, engine, targets } = parts;

  const look = async (job: Job, then: Outcome): Promise<Outcome> => {
    await lookSoon(parts, job.targetId);
    return then;
  };

  const attempt = async (row: JobNow): Promise<Outcome> => {
    const { job } = row;
    if (job.submission === 'settled') return look(job, done);
    const cluster = targets.cluster(targetOf(job));
    // While nothing was sent the jar is fetched before the place is taken: a slow host of jars keeps no other Job of the cluster waiting.
    const fetched = job.submission === 'none' && hasPlace(cluster) ? await targets.fetchArtifact(job) : undefined;
    const release = cluster.submissionSlot();
    if (release === undefined) return wait(row, 'a free place among the submissions to its cluster');
    try {
      return await attemptOn(cluster, row, fetched);
    } finally {
      release();
    }
  };

  const attemptOn = async (cluster: Cluster, row: JobNow, fetched: FetchedArtifact | undefined): Promise<Outcome> => {
    const { job, now } = row;
    const view = await cluster.view();
    if (view.jobs.has(flinkJobId(job)) || (await cluster.find(flinkJobId(job))) !== undefined) return look(job, done);
    if (job.submission === 'inDoubt') {
      if (isInDoubt(job, now)) return look(job, snooze(untilDueMs(job, now)));
      if (await mayStillArrive(job, cluster, view)) return snooze(pauseMs(row));
    }
    if (await cancelEarlier(job, cluster, view)) return snooze(BUSY_MS);
    return submit(job, cluster, fetched ?? (await targets.fetchArtifact(job)));
  };

  /** Says what the Job waits for, and comes again later and later, but not past the deadline. */
  const wait = async (row: JobNow, waitingFor: string): Promise<Outcome> => {
    if (row.job.waitingFor !== waitingFor) await store.noteWaiting(row.job.id, waitingFor);
    return snooze(Math.min(pauseMs(row), row.job.startDeadlineAt.getTime() - row.now.getTime()));
  };

  /** Another JobManager (the probe will find the Job lost), or an application that is known: nothing may be sent. */
  const mayStillArrive = async (job: Job, cluster: Cluster, view: ClusterView): Promise<boolean> =>
    view.fingerprint !== job.fingerprint || (await cluster.application(flinkJobId(job))).kind !== 'unknown';

  /** Two live jobs of one Deployment must not be: one that outlived its Job is cancelled and waited for. */
  const cancelEarlier = async (job: Job, cluster: Cluster, view: ClusterView): Promise<boolean> => {
    const alive = (await store.earlierFlinkIds(job)).filter((id) => {
      const word = view.jobs.get(id)?.word;
      return word !== undefined && isAlive(word);
    });
    for (const id of alive) await cluster.cancel(id);
    if (alive.length > 0) await store.noteWaiting(job.id, `the end of an earlier Flink job of this Deployment: ${alive.join(', ')}`);
    return alive.length > 0;
  };

  const submit = async (job: Job, cluster: Cluster, artifact: FetchedArtifact): Promise<Outcome> => {
    if (job.artifactSha256 !== undefined && job.artifactSha256 !== artifact.sha256) {
      throw new DreyError(
        'artifactUnavailable',
        `${job.spec.artifact.jarUri} is no longer the file that this Job was submitted with; change the Deployment`,
      );
    }
    const uploaded = await cluster.upload(artifact);
    const fingerprint = await cluster.fingerprint();
    if (job.submission === 'inDoubt' && fingerprint !== job.fingerprint) return look(job, snooze(AGAIN_MS));
    const begun = await engine.jobs.beginSubmission(job, fingerprint, artifact.sha256);
    if (begun === undefined) return snooze(0);
    const answer = await cluster.submit(begun, uploaded);
    const { version } = (await engine.jobs.recordAnswer(begun, answer)) ?? begun;
    switch (answer.kind) {
      case 'accepted':
      case 'duplicate':
      case 'refused':
        return look(job, done);
      case 'notSubmitted':
        return snooze(AGAIN_MS, version);
      case 'pending':
      case 'inDoubt':
        return look(job, snooze(untilDueMs(begun, begun.modifiedAt), version));
    }
  };

  return {
    version: (id) => store.jobVersion(id),
    setAside: jobSetAside(parts),
    async run({ id }) {
      const row = await store.job(id);
      if (row?.job.state !== 'STARTING') return done;
      if (row.now >= row.job.startDeadlineAt) {
        await engine.jobs.decideByDeadline(row.job);
        return done;
      }
      try {
        return await attempt(row);
      } catch (error) {
        if (!isDreyError(error)) throw error;
        const reason = REFUSALS.get(error.code);
        if (reason !== undefined && row.job.submission === 'none') {
          await engine.jobs.refuse(row.job, { reason, message: error.message });
          return done;
        }
        if (!error.retryable && reason === undefined) throw error;
        return await wait(row, error.message);
      }
    },
  };
}

/** Whoever finds none has no reason to fetch anything yet. */
function hasPlace(cluster: Cluster): boolean {
  const release = cluster.submissionSlot();
  release?.();
  return release !== undefined;
}

/** Until the window of its submission is past, or its deadline. */
const untilDueMs = (job: Job, now: Date): number => (dueOf(job)?.at.getTime() ?? 0) - now.getTime();

/** Between tries while it cannot be submitted: a fifth of the Job's age, from 1 s to 10 s. */
const pauseMs = ({ job, now }: JobNow): number => Math.min(10_000, Math.max(AGAIN_MS, (now.getTime() - job.createdAt.getTime()) / 5));
