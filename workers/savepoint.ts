import { SET_ASIDE_MS } from '../src/domain/due.ts';
import { isDreyError } from '../src/domain/errors.ts';
import { flinkJobId, isFinal, targetOf, type Job } from '../src/domain/job.ts';
import type { Observation } from '../src/domain/observation.ts';
import { judgeSavepoint, type SavepointSight } from '../src/domain/savepoint-judge.ts';
import type { StoredState } from '../src/domain/savepoint-sight.ts';
import { isStop, triggerId, type Savepoint } from '../src/domain/savepoint.ts';
import type { SavepointNow } from '../src/ports/store.ts';
import type { Cluster } from '../src/ports/targets.ts';
import { savepointBase, savepointDirectory } from './directories.ts';
import { lookSoon } from './look-soon.ts';
import type { Observe } from './observe.ts';
import { done, snooze, type Outcome } from './outcome.ts';
import type { Handler, WorkerParts } from './parts.ts';

// INVARIANTS
// 1. Trigger id and directory are in the database before Flink is asked; one Savepoint never has two of either.
// 2. Flink forgets an operation 5 minutes after its end, and asked again it would take a second savepoint: so it is only asked again where the
//    Savepoint's own directory holds nothing, or its stop did not end the job.
// 3. No timer gives up on a savepoint that Flink was asked for.

/** Has the Savepoint of a Job taken, and settles it together with its Job; deletes the files of one that is not wanted any more. */
export function savepointHandler(parts: WorkerParts, observe: Observe): Handler {
  const { store, engine, targets, limits, log } = parts;

  const look = async (savepoint: Savepoint, job: Job, now: Date): Promise<SavepointSight> => {
    const cluster = targets.cluster(targetOf(job));
    const seen = isFinal(job.state) ? {} : await observed(job, cluster, now);
    if (savepoint.triggeredAt === undefined) return seen;
    const operation = await cluster.savepointOperation(flinkJobId(job), triggerId(savepoint));
    const isTold = operation.kind === 'completed' || operation.kind === 'inProgress';
    return { ...seen, operation, ...(isTold ? {} : { stored: await stored(savepoint, job, cluster) }) };
  };

  /** Its stop must not keep the look from telling how the Job ended. */
  const observed = async ({ stopId, ...job }: Job, cluster: Cluster, now: Date) => {
    try {
      const view = await cluster.view();
      return { observation: await observe(job, cluster, view, now), ageMs: view.ageMs };
    } catch (error) {
      if (!isDreyError(error) || !error.retryable) throw error;
      const observation: Observation = { kind: 'unreachable', message: error.message };
      return { observation };
    }
  };

  /** What became of it where Flink has forgotten: Flink's own list of the job's checkpoints, or the directory. */
  const stored = async ({ id, directory }: Savepoint, job: Job, cluster: Cluster): Promise<StoredState> => {
    if (directory === undefined) return { kind: 'none' };
    const location = (await cluster.statePaths(flinkJobId(job)))?.savepoint;
    // Flink writes a path in its own way; the last part of its own directory is the same in all of them.
    if (location?.includes(`/${id}/`) === true) return { kind: 'found', location };
    return targets.storedState(directory, savepointBase(directory), job);
  };

  const ask = async (savepoint: Savepoint, job: Job): Promise<Outcome> => {
    const cluster = targets.cluster(targetOf(job));
    const directory = savepoint.directory ?? (await savepointDirectory(savepoint, job, cluster));
    if (directory === undefined) {
      const message =
        'neither flinkConfiguration (execution.checkpointing.savepoint-dir) nor the cluster names a directory for savepoints; set one of them';
      await engine.savepoints.fail(savepoint, { reason: 'NoSavepointDirectory', message });
      return done;
    }
    const begun = await engine.savepoints.beginTrigger(savepoint, job, directory);
    if (begun === undefined) return snooze(0);
    await cluster.savepoint(flinkJobId(job), { triggerId: triggerId(begun), directory, stop: isStop(begun) });
    return snooze(FIRST_POLL_MS, begun.version);
  };

  const take = async ({ savepoint, now }: SavepointNow): Promise<Outcome> => {
    const job = savepoint.jobId === undefined ? undefined : (await store.job(savepoint.jobId))?.job;
    if (job === undefined) {
      await engine.savepoints.fail(savepoint, { reason: 'OutcomeUnknown', message: 'the record of its Job was deleted' });
      return done;
    }
    const sight = await look(savepoint, job, now);
    switch (judgeSavepoint(savepoint, job, sight, now, limits).kind) {
      case 'wait':
        return snooze(pauseMs(now.getTime() - savepoint.createdAt.getTime()));
      case 'ask':
        return ask(savepoint, job);
      case 'settle':
        if (!(await engine.savepoints.settle(savepoint, job, sight))) return snooze(FIRST_POLL_MS);
        await lookSoon(parts, job.targetId);
        return done;
    }
  };

  const dispose = async (savepoint: Savepoint): Promise<Outcome> => {
    const target = await store.targetById(savepoint.targetId);
    // The files of a copy are not Drey's: what they were copied from may need them.
    const isOwn = savepoint.origin !== 'COPIED';
    if (isOwn && savepoint.location !== undefined && target !== undefined)
      await targets.cluster(target).disposeSavepoint(savepoint.location);
    await store.deleteSavepoint(savepoint.id);
    return done;
  };

  return {
    version: (id) => store.savepointVersion(id),
    setAside: (id) => store.postponeSavepoint(id, SET_ASIDE_MS),
    async run({ id }) {
      const row = await store.savepoint(id);
      if (row === undefined) return done;
      const { savepoint, now } = row;
      try {
        if (savepoint.deletedAt !== undefined) return await dispose(savepoint);
        return savepoint.state === 'STARTED' ? await take(row) : done;
      } catch (error) {
        if (!isDreyError(error) || !error.retryable) throw error;
        log.info({ savepoint: id, cause: error.message }, 'savepoint waits for its cluster');
        return snooze(pauseMs(now.getTime() - (savepoint.deletedAt ?? savepoint.createdAt).getTime()));
      }
    },
  };
}

const FIRST_POLL_MS = 200;

/** Between two looks at one that is being taken: a tenth of its age, from 0.2 s to 5 s. */
const pauseMs = (ageMs: number): number => Math.min(5000, Math.max(FIRST_POLL_MS, ageMs / 10));
