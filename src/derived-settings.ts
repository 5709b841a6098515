import { hostRules } from './artifacts/hosts.ts';
import type { Settings } from '../config/settings.ts';
import { DreyError } from './domain/errors.ts';
import type { Limits } from './domain/limits.ts';
import type { Regime } from './domain/regime.ts';
import type { FlinkLimits } from './flink/budget.ts';

// What the parts are given, made of the settings.

/**
 * Whoever reaches an API that asks nobody who they are runs code on the clusters. Throws `configuration` when that is more than this machine.
 */
export function assertGuarded({ api: { host }, auth }: Settings): void {
  if (auth.enabled || /^(localhost|127(\.\d+){3}|::1)$/i.test(host)) return;
  throw new DreyError(
    'configuration',
    `drey.api.host is ${host}, which others can reach, and drey.auth.enabled is false; ` +
      'set drey.auth.enabled to true and drey.auth.bootstrap-token to a secret, or drey.api.host to 127.0.0.1',
  );
}

/** What holds for all daemons of the database from now on. */
export function regimeOf({ probe, repair, retention }: Settings): Regime {
  const { jobs, events, maxAgeMs, eventsMaxAgeMs, intervalMs, rememberIdsMs } = retention;
  const jobsCleanupMs = jobs?.intervalMs ?? (maxAgeMs === undefined ? undefined : intervalMs);
  const eventsCleanupMs = events?.intervalMs ?? (eventsMaxAgeMs === undefined ? undefined : intervalMs);
  return {
    probeIntervalMs: probe.intervalMs,
    shards: probe.shards,
    repairIntervalMs: repair.intervalMs,
    retention: {
      ...(jobs === undefined ? {} : { keepJobs: jobs.keep }),
      ...(maxAgeMs === undefined ? {} : { jobsMaxAgeMs: maxAgeMs }),
      ...(events === undefined ? {} : { keepEvents: events.keep }),
      ...(eventsMaxAgeMs === undefined ? {} : { eventsMaxAgeMs }),
      rememberIdsMs,
    },
    ...(jobsCleanupMs === undefined ? {} : { jobsCleanupMs }),
    ...(eventsCleanupMs === undefined ? {} : { eventsCleanupMs }),
  };
}

/** The numbers of the domain's rules. */
export const limitsOf = ({ job, probe, flink }: Settings): Limits => ({
  startDeadlineMs: job.startDeadlineMs,
  submissionWindowMs: job.submissionWindowMs,
  recoveryGraceMs: job.recoveryGraceMs,
  failureBackoffFirstMs: job.failureBackoffFirstMs,
  failureBackoffMostMs: job.failureBackoffMostMs,
  savepointReadyMs: job.savepointReadyMs,
  observationMaxAgeMs: probe.intervalMs + 2 * flink.readTimeoutMs,
});

/** What one cluster may be asked. */
export const flinkLimitsOf = ({ flink, targets }: Settings): FlinkLimits => ({
  readTimeoutMs: flink.readTimeoutMs,
  submitTimeoutMs: flink.submitTimeoutMs,
  uploadTimeoutMs: flink.uploadTimeoutMs,
  requestsAtOnce: flink.requestsAtOnce,
  submissionsAtOnce: flink.submissionsAtOnce,
  breakerFailures: flink.breaker.failures,
  breakerFirstMs: flink.breaker.firstMs,
  breakerMostMs: flink.breaker.mostMs,
  ...(targets?.allowedHosts === undefined ? {} : { allowsHost: hostRules(targets.allowedHosts).allows }),
});
