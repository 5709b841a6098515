import type { Knex } from 'knex';
import type { Change, Held } from '../ports/store.ts';
import type { Deployment } from '../domain/deployment.ts';
import { heldJob, type Job } from '../domain/job.ts';
import { databaseNow } from './columns.ts';
import { holdTarget, targetById } from './deployment-targets.ts';
import { noteDeletedDeployment, noteDeletedSavepoint } from './deletions.ts';
import { lockDeployment, setEventNumber, updateDeployment } from './deployments.ts';
import { retrying } from './errors.ts';
import { appendEvents } from './events.ts';
import { DreyError } from '../domain/errors.ts';
import { markStray, rememberFlinkId } from './flink-ids.ts';
import { insertJob, lockActiveJob, lockUnreleasedJobs, updateJob } from './jobs.ts';
import type { Savepoint } from '../domain/savepoint.ts';
import { heldSavepoints, insertSavepoint, updateSavepoint } from './savepoints.ts';

// INVARIANTS
// 1. The Deployment's row is locked first, always: whoever changes anything of a Deployment waits there, so nothing deadlocks.
// 2. Each row is written under its version although it is locked: the probe's batches take no Deployment lock.
// 3. Rows, events and remembered Flink ids are one transaction.

/** `Store.change` of the ports: lock, decide, write. `onStale` is told of each try that found a row at another version. */
export function changeDeployment(
  db: Knex,
  deploymentId: string,
  decide: (held: Held, now: Date) => Change | undefined,
  onStale: () => void,
): Promise<Change | undefined> {
  return retrying(onStale, () =>
    db.transaction(async (trx) => {
      const { deployment, eventNumber } = await lockDeployment(trx, deploymentId);
      const job = await lockActiveJob(trx, deploymentId);
      const unreleased = await lockUnreleasedJobs(trx, deploymentId);
      const savepoints = await heldSavepoints(trx, deployment);
      const target = await targetById(trx, deployment.spec.deploymentTargetId);
      // Read after the locks were had, so that times never run backwards within a Deployment.
      const now = await databaseNow(trx);
      const held = { deployment, job, unreleased, savepoints, target };
      const change = decide(held, now);
      if (change === undefined) return undefined;
      const last = await appendEvents(trx, deployment, eventNumber, change.events, now);
      if (last !== eventNumber) await setEventNumber(trx, deployment.id, last);
      for (const id of change.strays ?? []) {
        if (!(await markStray(trx, id))) throw new DreyError('conflict', `Flink job ${id} is known as a stray already`);
      }
      const jobs: Job[] = [];
      for (const next of change.jobs) jobs.push(await writeJob(trx, next, heldJob(held, next.id), now));
      for (const added of change.newSavepoints ?? []) await insertSavepoint(trx, added);
      const written: Savepoint[] = [];
      for (const next of change.savepoints ?? []) written.push(await writeSavepoint(trx, next, now));
      return { ...change, jobs, savepoints: written, deployment: await writeDeployment(trx, change.deployment, deployment, now) };
    }),
  );
}

/** `held`: the row as it was read, if it is not a new one. */
async function writeJob(db: Knex, next: Job, held: Job | undefined, now: Date): Promise<Job> {
  if (held === undefined) {
    await insertJob(db, next);
    return next;
  }
  const written = { ...next, version: held.version + 1, modifiedAt: now };
  await updateJob(db, written, held.version);
  await rememberFlinkId(db, written);
  return written;
}

/** It carries the version under which it was read, which guards it. */
async function writeSavepoint(db: Knex, next: Savepoint, now: Date): Promise<Savepoint> {
  const written = { ...next, version: next.version + 1, modifiedAt: now };
  await updateSavepoint(db, written, next.version);
  // No change is made to one that is hidden.
  if (written.deletedAt !== undefined) await noteDeletedSavepoint(db, written, now);
  return written;
}

async function writeDeployment(db: Knex, next: Deployment, held: Deployment, now: Date): Promise<Deployment> {
  if (next === held) return held;
  if (next.spec.deploymentTargetId !== held.spec.deploymentTargetId) await holdTarget(db, next.spec.deploymentTargetId);
  const written = { ...next, version: held.version + 1, modifiedAt: now };
  await updateDeployment(db, written, held.version);
  if (written.deletedAt !== undefined && held.deletedAt === undefined) await noteDeletedDeployment(db, written, now);
  return written;
}
