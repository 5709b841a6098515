import type { PartialSpec } from '../src/domain/deployment-defaults.ts';
import { parseSecretKey } from '../src/domain/secret-key.ts';
import type { Configuration } from './schema.ts';

/** The newest so many are kept, and what is beyond is deleted every so often. */
interface Limit {
  readonly keep: number;
  readonly intervalMs: number;
}

/** The whole configuration, checked; durations in milliseconds. */
export interface Settings extends Omit<Configuration['drey'], 'retention' | 'secrets'> {
  readonly secretKey?: Uint8Array;
  readonly globalDefaults: PartialSpec;
  /** Final Jobs and events without a limit are all kept. */
  readonly retention: Configuration['drey']['retention'] & { readonly jobs?: Limit; readonly events?: Limit };
}

/** The configuration by what it is about, whoever named it. */
export function settingsOf({ drey: { secrets, ...drey }, vvp = {} }: Configuration): Settings {
  const { jobService: jobs, eventService: events, globalDeploymentDefaults: globalDefaults = {} } = vvp;
  const secretKey = parseSecretKey(secrets?.key ?? '');
  return {
    ...drey,
    ...(secretKey === undefined ? {} : { secretKey }),
    globalDefaults,
    retention: {
      ...drey.retention,
      ...(jobs === undefined ? {} : { jobs: { keep: jobs.maxNumberJobsInTerminalState, intervalMs: jobs.jobsCleanupIntervalMs } }),
      ...(events === undefined ? {} : { events: { keep: events.maxNumberEvents, intervalMs: events.eventsCleanupIntervalMs } }),
    },
  };
}
