import type { Knex } from 'knex';
import * as deploymentTargets from './0001_deployment_targets.ts';
import * as deployments from './0002_deployments.ts';
import * as jobs from './0003_jobs.ts';
import * as jobsSpecGuard from './0004_jobs_spec_guard.ts';
import * as flinkIds from './0005_flink_ids.ts';
import * as events from './0006_events.ts';
import * as jobsWatching from './0007_jobs_watching.ts';
import * as flinkIdsStrays from './0008_flink_ids_strays.ts';
import * as deploymentTargetsDeleted from './0009_deployment_targets_deleted.ts';
import * as regime from './0010_regime.ts';
import * as jobsOfState from './0011_jobs_of_state.ts';
import * as flinkIdsStrayDue from './0012_flink_ids_stray_due.ts';
import * as savepoints from './0013_savepoints.ts';
import * as deploymentsState from './0014_deployments_state.ts';
import * as jobsState from './0015_jobs_state.ts';
import * as namespaces from './0016_namespaces.ts';
import * as namespacesDefault from './0017_namespaces_default.ts';
import * as apiTokens from './0018_api_tokens.ts';
import * as secretValues from './0019_secret_values.ts';
import * as deploymentDefaults from './0020_deployment_defaults.ts';
import * as deploymentsDefaults from './0021_deployments_defaults.ts';
import * as artifacts from './0022_artifacts.ts';
import * as idempotencyKeys from './0023_idempotency_keys.ts';
import * as deploymentsModified from './0024_deployments_modified.ts';
import * as jobsModified from './0025_jobs_modified.ts';
import * as deletions from './0026_deletions.ts';
import * as jobsRestartHistory from './0027_jobs_restart_history.ts';
import * as jobsSql from './0028_jobs_sql.ts';

/** Every migration by name, oldest first. A list, not a folder scan: names are the same run from source and from dist. Append only. */
export const migrations: Readonly<Record<string, Knex.Migration>> = {
  '0001_deployment_targets': deploymentTargets,
  '0002_deployments': deployments,
  '0003_jobs': jobs,
  '0004_jobs_spec_guard': jobsSpecGuard,
  '0005_flink_ids': flinkIds,
  '0006_events': events,
  '0007_jobs_watching': jobsWatching,
  '0008_flink_ids_strays': flinkIdsStrays,
  '0009_deployment_targets_deleted': deploymentTargetsDeleted,
  '0010_regime': regime,
  '0011_jobs_of_state': jobsOfState,
  '0012_flink_ids_stray_due': flinkIdsStrayDue,
  '0013_savepoints': savepoints,
  '0014_deployments_state': deploymentsState,
  '0015_jobs_state': jobsState,
  '0016_namespaces': namespaces,
  '0017_namespaces_default': namespacesDefault,
  '0018_api_tokens': apiTokens,
  '0019_secret_values': secretValues,
  '0020_deployment_defaults': deploymentDefaults,
  '0021_deployments_defaults': deploymentsDefaults,
  '0022_artifacts': artifacts,
  '0023_idempotency_keys': idempotencyKeys,
  '0024_deployments_modified': deploymentsModified,
  '0025_jobs_modified': jobsModified,
  '0026_deletions': deletions,
  '0027_jobs_restart_history': jobsRestartHistory,
  '0028_jobs_sql': jobsSql,
};
