import type { Knex } from 'knex';
import type { Store } from '../ports/store.ts';
import { deleteToken, findToken, insertToken, listTokens, tokenByHash } from './api-tokens.ts';
import { changeDeployment } from './change.ts';
import { changesSince } from './changes.ts';
import { databaseNow } from './columns.ts';
import { findDeploymentDefaults, writeDeploymentDefaults } from './deployment-defaults.ts';
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
import { safely } from './errors.ts';
import { deleteNamespace, findNamespace, insertNamespace, listNamespaces, updateNamespace } from './namespaces.ts';
import { appendEvents, eventsByIds, listEvents } from './events.ts';
import { clearStrays, earlierFlinkIds, flinkIds, markStray, postponeStray, straysOf } from './flink-ids.ts';
import { claimKey, dropKey, forgetKeys, settleKey, yieldKey } from './idempotency-keys.ts';
import { findJob, jobsByIds, jobVersion, listJobs, noteWaiting, watchedJobs } from './jobs.ts';
import { declareRegime, regime } from './regime.ts';
import { deleteEvents, deleteJobs, expiredEvents, expiredJobs, forgetFlinkIds, purgeDeployment } from './retention.ts';
import { deleteSavepoint, findSavepoint, listSavepoints, postponeSavepoint, savepointsByIds, savepointVersion } from './savepoints.ts';
import { deleteSecretValue, findSecretValue, insertSecretValue, listSecretValues, updateSecretValue } from './secret-values.ts';
import { recordSightings } from './sightings.ts';

/** The Store on MySQL or MariaDB. Every operation throws errors of the catalogue only. `onStale` is told of each guarded write that came too late. */
export function sqlStore(db: Knex, onStale: () => void = () => undefined): Store {
  const safe = safely(db);

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
    savepoint: safe(findSavepoint),
    savepoints: safe(listSavepoints),
    savepointVersion: safe(savepointVersion),
    deleteSavepoint: safe(deleteSavepoint),
    postponeSavepoint: safe(postponeSavepoint),
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
    namespaces: safe(listNamespaces),
    namespace: safe(findNamespace),
    insertNamespace: safe(insertNamespace),
    updateNamespace: safe(updateNamespace),
    deleteNamespace: safe(deleteNamespace),
    insertToken: safe(insertToken),
    tokens: safe(listTokens),
    token: safe(findToken),
    tokenByHash: safe(tokenByHash),
    deleteToken: safe(deleteToken),
    changesSince: safe(changesSince),
    deploymentsByIds: safe(deploymentsByIds),
    jobsByIds: safe(jobsByIds),
    savepointsByIds: safe(savepointsByIds),
    eventsByIds: safe(eventsByIds),
    forgetDeletions: safe(forgetDeletions),
    claimKey: safe(claimKey),
    settleKey: safe(settleKey),
    dropKey: safe(dropKey),
    yieldKey: safe(yieldKey),
    forgetKeys: safe(forgetKeys),
    declareRegime: safe(declareRegime),
    regime: safe(regime),
    secretValues: safe(listSecretValues),
    secretValue: safe(findSecretValue),
    insertSecretValue: safe(insertSecretValue),
    updateSecretValue: safe(updateSecretValue),
    deleteSecretValue: safe(deleteSecretValue),
    deploymentDefaults: safe(findDeploymentDefaults),
    writeDeploymentDefaults: safe(writeDeploymentDefaults),
    now: safe(databaseNow),
    ping: safe(async (pool) => {
      await pool.raw('SELECT 1');
    }),
  };
}
