import { isDreyError, type ErrorCode } from '../src/domain/errors.ts';
import { flinkJobId, isAlive, targetOf, type Job, type JobFailure } from '../src/domain/job.ts';
import { isInDoubt } from '../src/domain/judge.ts';
import type { JobNow } from '../src/ports/store.ts';
import type { Cluster, ClusterView } from '../src/ports/targets.ts';
import { jobSetAside } from './aside.ts';
import { lookSoon } from './look-soon.ts';
import { done, snooze, type Outcome } from './outcome.ts';
import type { Handler, WorkerParts } from './parts.ts';
import { AGAIN_MS, untilDueMs, type Ready, type Way } from './way.ts';
import { jarWay } from './submit-jar.ts';
import { sessionCloser } from './sql-session.ts';
import { scriptWay } from './submit-script.ts';

// INVARIANTS
// 1. The intent (attempt, JobManager, id) is in the database before the submission is sent.
// 2. Before every submission the id is looked up; while one is in doubt there is no second.
// 3. An id is never sent to another JobManager than the one that may have had it: that one could run it a second time. (A SQL Gateway may do so by
//    itself: a script in doubt is waited for, whichever JobManager is there.)

/** What keeps a Job from being submitted at all. Once something was sent, it is waited for. */
const REFUSALS: ReadonlyMap<ErrorCode, JobFailure['reason']> = new Map([
  ['artifactUnavailable', 'ArtifactUnavailable'],
  ['secretMissing', 'SecretMissing'],
  ['sessionRefused', 'ScriptRefused'],
]);

const BUSY_MS = 500;

/** Brings a STARTING Job to its cluster. Decides nothing about it but what needs no observation: refusals and the deadline. */
export function startHandler(parts: WorkerParts): Handler {
  const { store, engine, targets, log } = parts;

  const look = async (job: Job, then: Outcome): Promise<Outcome> => {
    await lookSoon(parts, job.targetId);
    return then;
  };
  const closeSession = sessionCloser(parts);
  const ways: { readonly [K in Job['spec']['artifact']['kind']]: Way } = {
    JAR: jarWay(parts, look),
    SQLSCRIPT: scriptWay(parts, look, closeSession),
  };
  const wayOf = (job: Job): Way => ways[job.spec.artifact.kind];

  const attempt = async (row: JobNow): Promise<Outcome> => {
    const { job } = row;
    const cluster = targets.cluster(targetOf(job));
    // While nothing was sent it is prepared before the place is taken: a slow host of jars keeps no other Job of the cluster waiting.
    const prepared = job.submission === 'none' && hasPlace(cluster) ? await wayOf(job).prepare(row) : undefined;
    if (prepared !== undefined && prepared.kind !== 'ready') return prepared;
    const release = cluster.submissionSlot();
    if (release === undefined) return wait(row, 'a free place among the submissions to its cluster');
    try {
      return await attemptOn(cluster, row, prepared);
    } finally {
      release();
    }
  };

  const attemptOn = async (cluster: Cluster, row: JobNow, prepared: Ready | undefined): Promise<Outcome> => {
    const { job, now } = row;
    const way = wayOf(job);
    const view = await cluster.view();
    if (view.jobs.has(flinkJobId(job)) || (await cluster.find(flinkJobId(job))) !== undefined) return look(await closeSession(job), done);
    if (job.submission === 'inDoubt') {
      const told = await way.ask(row, cluster);
      if (told !== undefined) return told;
      if (isInDoubt(job, now)) return look(job, snooze(untilDueMs(job, now)));
      if (await mayStillArrive(job, cluster, view)) return snooze(pauseMs(row));
    }
    if (await cancelEarlier(job, cluster, view)) return snooze(BUSY_MS);
    const ready = prepared ?? (await way.prepare(row));
    return ready.kind === 'ready' ? ready.submit(job, cluster) : ready;
  };

  /** Says what the Job waits for, and comes again later and later, but not past the deadline. */
  const wait = async (row: JobNow, waitingFor: string): Promise<Outcome> => {
    const { job } = row;
    if (job.waitingFor !== waitingFor) await store.noteWaiting(job.id, waitingFor);
    return snooze(Math.min(pauseMs(row), untilDeadlineMs(row)));
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

  /** It is the probe's from now on; what is left to do is to close the session of its script. */
  const settled = async (row: JobNow): Promise<Outcome> => {
    const { job, now } = row;
    try {
      await closeSession(job, job.state === 'STARTED' ? { since: job.transitionAt, now } : undefined);
    } catch (error) {
      // That is not what the Job waits for.
      if (!isDreyError(error) || !error.retryable) throw error;
      log.info({ job: job.id, cause: error.message }, 'session of the SQL Gateway not closed yet');
      return snooze(job.state === 'STARTED' ? pauseMs(row) : Math.min(pauseMs(row), untilDeadlineMs(row)));
    }
    return job.state === 'STARTED' ? done : look(job, done);
  };

  return {
    version: (id) => store.jobVersion(id),
    setAside: jobSetAside(parts),
    async run({ id }) {
      const row = await store.job(id);
      if (row === undefined || !isStarting(row.job)) return done;
      if (row.job.state === 'STARTING' && row.now >= row.job.startDeadlineAt) {
        await engine.jobs.decideByDeadline(row.job);
        return done;
      }
      try {
        return row.job.submission === 'settled' ? await settled(row) : await attempt(row);
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

/** A STARTED Job has only its session to be closed. */
const isStarting = ({ state, sql }: Job): boolean => state === 'STARTING' || (state === 'STARTED' && sql !== undefined);

/** Whoever finds none has no reason to fetch anything yet. */
function hasPlace(cluster: Cluster): boolean {
  const release = cluster.submissionSlot();
  release?.();
  return release !== undefined;
}

const untilDeadlineMs = ({ job, now }: JobNow): number => job.startDeadlineAt.getTime() - now.getTime();

/** Between tries while it cannot be submitted: a fifth of the Job's age, from 1 s to 10 s. */
const pauseMs = ({ job, now }: JobNow): number => Math.min(10_000, Math.max(AGAIN_MS, (now.getTime() - job.createdAt.getTime()) / 5));
