import { DreyError, isDreyError } from '../domain/errors.ts';
import type { Evidence, Job } from '../domain/job.ts';
import { restoreFor } from '../domain/restore.ts';
import { judgeSavepoint, type SavepointSight } from '../domain/savepoint-judge.ts';
import type { SavepointFailure, Savepoint } from '../domain/savepoint.ts';
import { seenOf, withSeen } from '../domain/sighting.ts';
import type { Commit, EngineParts } from './commit.ts';
import { addSavepoint, applyToJob, applyToSavepoint, type Draft } from './draft.ts';
import { newSavepoint } from './new-savepoint.ts';

interface SavepointInput {
  readonly annotations: Readonly<Record<string, string>>;
  /** Where one lies already: it is recorded as COPIED, and nothing is taken. */
  readonly savepointLocation?: string;
}

export interface SavepointOperations {
  /** Has a savepoint of the Deployment's Job taken, which runs on, under an id where one is given. Throws `conflict` unless the Job is STARTED and is not being stopped. */
  request(deploymentId: string, input: SavepointInput, id?: string): Promise<Savepoint>;
  /**
   * Writes the intent to ask Flink, and the Savepoint's directory, before anything is sent. Resolves with it as written, or undefined when the
   * Savepoint or its Job moved since they were read: then nothing may be sent.
   */
  beginTrigger(savepoint: Savepoint, job: Job, directory: string): Promise<Savepoint | undefined>;
  /** Judges a look at the rows as they were read, and settles the Savepoint together with its Job. False: it was void, or showed nothing. */
  settle(savepoint: Savepoint, job: Job, sight: SavepointSight): Promise<boolean>;
  /** One that cannot be taken at all, for a reason that no look tells. Its Job runs on. */
  fail(savepoint: Savepoint, failure: SavepointFailure): Promise<void>;
  /** Hides it and has its files deleted. Throws `conflict` while it is being taken, or a Job or the next Job of its Deployment needs it. */
  remove(savepoint: Savepoint, expected: number | undefined): Promise<Savepoint>;
}

export function savepointOperations({ newId, limits }: EngineParts, commit: Commit): SavepointOperations {
  /** Its row as it is now, if it has not moved since it was read. */
  const unmoved = ({ savepoints }: Draft, { id, version }: Savepoint): Savepoint | undefined =>
    savepoints.find((one) => one.id === id && one.version === version && one.state === 'STARTED');

  return {
    async request(deploymentId, { annotations, savepointLocation }, id = newId()) {
      const change = await commit(deploymentId, (draft) => {
        const { deployment, job, now } = draft;
        if (deployment.deletedAt !== undefined) throw new DreyError('notFound', `there is no Deployment ${deploymentId}`);
        if (savepointLocation !== undefined) {
          addSavepoint(draft, {
            id,
            namespace: deployment.namespace,
            deploymentId,
            jobMadeAt: now,
            targetId: deployment.spec.deploymentTargetId,
            origin: 'COPIED',
            annotations,
            state: 'COMPLETED',
            location: savepointLocation,
            createdAt: now,
            modifiedAt: now,
            stateAt: now,
            endedAt: now,
            version: 1,
          });
          return true;
        }
        if (job?.state !== 'STARTED') {
          const what = job === undefined ? 'it has no active Job' : `its Job ${job.id} is ${job.state}`;
          throw new DreyError('conflict', `Deployment ${deployment.name} has no running job to take a savepoint of: ${what}`);
        }
        if (job.stopId !== undefined) {
          throw new DreyError(
            'conflict',
            `Job ${job.id} of Deployment ${deployment.name} is just being stopped, with Savepoint ${job.stopId}`,
          );
        }
        addSavepoint(draft, { ...newSavepoint(job, 'USER_REQUEST', id, now), annotations });
        return true;
      });
      const made = change?.newSavepoints?.find((savepoint) => savepoint.id === id);
      if (made === undefined) throw new DreyError('notFound', `there is no Deployment ${deploymentId}`);
      return made;
    },

    async beginTrigger(savepoint, job, directory) {
      const change = await commit(savepoint.deploymentId, (draft) => {
        const row = unmoved(draft, savepoint);
        if (row === undefined || draft.job?.id !== job.id || draft.job.state !== 'STARTED') return false;
        applyToSavepoint(draft, row, { type: 'triggerBegan', directory });
        return true;
      });
      return change?.savepoints?.find(({ id }) => id === savepoint.id);
    },

    async settle(savepoint, job, sight) {
      const change = await commit(savepoint.deploymentId, (draft) => {
        const row = unmoved(draft, savepoint);
        const active = draft.job?.id === job.id ? draft.job : undefined;
        if (row === undefined || (active !== undefined && active.version !== job.version)) return false;
        // A worker that was paused must not speak of the past.
        if ((sight.ageMs?.() ?? 0) > limits.observationMaxAgeMs) return false;
        const verdict = judgeSavepoint(row, active ?? job, sight, draft.now, limits);
        if (verdict.kind !== 'settle') return false;
        applyToSavepoint(draft, row, verdict.event, evidenceOf(sight, draft.now));
        let moved = active && observed(active, sight, draft.now);
        for (const event of verdict.job) {
          if (moved !== undefined) moved = applyToJob(draft, moved, event, evidenceOf(sight, draft.now));
        }
        return true;
      });
      return change !== undefined;
    },

    async fail(savepoint, failure) {
      await commit(savepoint.deploymentId, (draft) => {
        const row = unmoved(draft, savepoint);
        if (row === undefined) return false;
        applyToSavepoint(draft, row, { type: 'failed', failure });
        if (draft.job?.state === 'STARTED' && draft.job.stopId === row.id) applyToJob(draft, draft.job, { type: 'stopEnded' });
        return true;
      });
    },

    async remove(savepoint, expected) {
      const change = await commit(savepoint.deploymentId, (draft) => {
        if (expected !== undefined && expected !== savepoint.version) {
          throw new DreyError(
            'stalePrecondition',
            `Savepoint ${savepoint.id} is not at resourceVersion ${expected} (now ${savepoint.version}); read it again and repeat the deletion`,
          );
        }
        assertUnneeded(savepoint, draft);
        draft.writtenSavepoints.set(savepoint.id, { ...savepoint, deletedAt: draft.now });
        draft.savepoints = draft.savepoints.filter(({ id }) => id !== savepoint.id);
        return true;
      }).catch((error: unknown) => {
        // One that is final only moves when it is deleted.
        throw isDreyError(error, 'staleWrite') ? new DreyError('notFound', `there is no Savepoint ${savepoint.id}`) : error;
      });
      return change?.savepoints?.find(({ id }) => id === savepoint.id) ?? savepoint;
    },
  };
}

/** The Job with what was seen of it in its record, unless a later look was written already. */
function observed(job: Job, { observation, ageMs }: SavepointSight, now: Date): Job {
  const began = new Date(now.getTime() - (ageMs?.() ?? 0));
  return observation === undefined || began <= job.observedAt ? job : withSeen(job, seenOf(job, observation, now), began);
}

function assertUnneeded({ id, state, origin, location }: Savepoint, { deployment, job, savepoints, now }: Draft): void {
  const needed = (by: string): DreyError => new DreyError('conflict', `Savepoint ${id} cannot be deleted: ${by}`);
  if (state === 'STARTED') throw needed('it is being taken');
  // The files of a copy stay: they are others'.
  if (origin === 'COPIED') return;
  if (job?.spec.savepointLocation !== undefined && job.spec.savepointLocation === location) throw needed(`Job ${job.id} started from it`);
  const { maxStateAge, ...restoreStrategy } = deployment.spec.restoreStrategy;
  const restore = restoreFor({ ...deployment, spec: { ...deployment.spec, restoreStrategy } }, savepoints, now);
  if (
    deployment.deletedAt === undefined &&
    restore.kind === 'from' &&
    (restore.snapshot.id === id || restore.snapshot.location === location)
  ) {
    throw needed(
      `the next Job of Deployment ${deployment.name} would start from it; change its restoreStrategy, or take a newer one first`,
    );
  }
}

function evidenceOf({ operation, stored }: SavepointSight, at: Date): Evidence {
  if (operation?.kind === 'completed') return { endpoint: operation.endpoint, answer: operation.location, at };
  if (operation?.kind === 'failed') return { endpoint: operation.endpoint, answer: operation.message, at };
  if (stored?.kind === 'found') return { endpoint: stored.location, answer: 'its directory holds it', at };
  return { answer: operation === undefined ? 'Flink was not asked' : 'Flink does not know the operation', at };
}
