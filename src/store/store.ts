import type { Knex } from 'knex';
import type { Store } from '../ports/store.ts';
import { changeDeployment } from './change.ts';
import { changesSince } from './changes.ts';
import { databaseNow } from './columns.ts';
import {
  busyTargets,
  deleteTarget,
  findTarget,
  holdTarget,
  insertTarget,
  listTargets,
  noteForeign,
  strayTargets,
  targetById,
  updateTarget,
} from './deployment-targets.ts';
import { forgetDeletions } from './deletions.ts';
import { deploymentsByIds, deploymentVersion, findDeployment, insertDeployment, listDeployments } from './deployments.ts';
import { dueCommands } from './due.ts';
import { translated } from './errors.ts';
import { appendEvents, eventsByIds, listEvents } from './events.ts';
import { clearStrays, earlierFlinkIds, flinkIds, markStray, postponeStray, straysOf } from './flink-ids.ts';
import { claimKey, dropKey, forgetKeys, settleKey, yieldKey } from './idempotency-keys.ts';
import { findJob, jobsByIds, jobVersion, listJobs, noteWaiting, watchedJobs } from './jobs.ts';
import { declareRegime, regime } from './regime.ts';
import { deleteEvents, deleteJobs, expiredEvents, expiredJobs, forgetFlinkIds, purgeDeployment } from './retention.ts';
import { recordSightings } from './sightings.ts';

/** The Store on MySQL or MariaDB. Every operation throws errors of the catalogue only. `onStale` is told of each guarded write that came too late. */
export function sqlStore(db: Knex, onStale: () => void = () => undefined): Store {
  const safe =
    <A extends readonly unknown[], R>(run: (db: Knex, ...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        return await run(db, ...args);
      } catch (error) {
        throw translated(error);
      }
    };

  return {
    change: safe((pool, id: string, decide: Parameters<Store['change']>[1]) => changeDeployment(pool, id, decide, onStale)),
    insertDeployment: safe((pool, deployment, events) =>
      pool.transaction(async (trx) => {
        await holdTarget(trx, deployment.spec.deploymentTargetId);
        await insertDeployment(trx, deployment, events.length);
        await appendEvents(trx, deployment, 0, events, deployment.createdAt);
      }),
    ),
    deployment: safe(findDeployment),
    deployments: safe(listDeployments),
    deploymentVersion: safe(deploymentVersion),
    job: safe(findJob),
    jobs: safe(listJobs),
    jobVersion: safe(jobVersion),
    watchedJobs: safe(watchedJobs),
    busyTargets: safe(busyTargets),
    earlierFlinkIds: safe(earlierFlinkIds),
    noteWaiting: safe(noteWaiting),
    recordSightings: safe(recordSightings),
    dueCommands: safe(dueCommands),
    events: safe(listEvents),
    insertTarget: safe(insertTarget),
    target: safe(findTarget),
    targetById: safe(targetById),
    targets: safe(listTargets),
    updateTarget: safe(updateTarget),
    deleteTarget: safe(deleteTarget),
    flinkIds: safe(flinkIds),
    straysOf: safe(straysOf),
    markStray: safe(markStray),
    clearStrays: safe(clearStrays),
    postponeStray: safe(postponeStray),
    strayTargets: safe(strayTargets),
    noteForeign: safe(noteForeign),
    expiredJobs: safe(expiredJobs),
    deleteJobs: safe(deleteJobs),
    expiredEvents: safe(expiredEvents),
    deleteEvents: safe(deleteEvents),
    purgeDeployment: safe(purgeDeployment),
    forgetFlinkIds: safe(forgetFlinkIds),
    changesSince: safe(changesSince),
    deploymentsByIds: safe(deploymentsByIds),
    jobsByIds: safe(jobsByIds),
    eventsByIds: safe(eventsByIds),
    forgetDeletions: safe(forgetDeletions),
    claimKey: safe(claimKey),
    settleKey: safe(settleKey),
    dropKey: safe(dropKey),
    yieldKey: safe(yieldKey),
    forgetKeys: safe(forgetKeys),
    declareRegime: safe(declareRegime),
    regime: safe(regime),
    now: safe(databaseNow),
    ping: safe(async (pool) => {
      await pool.raw('SELECT 1');
    }),
  };
}
