import type { Summary } from './statistics.ts';
import type { Window } from './measure.ts';

/** What is measured, in the order of the table: its title, how a value is shown, and what is to be reached. */
interface Measure {
  readonly title: string;
  readonly show: (value: number) => string;
  readonly aim?: { readonly text: string; readonly isReached: (summary: Summary) => boolean };
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
const hundredths = (value: number): string => value.toFixed(2);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const whole = (value: number): string => value.toFixed(0);

const below = (text: string, most: number): NonNullable<Measure['aim']> => ({
  text: `under ${text}`,
  isReached: ({ median }) => median < most,
});
const all: NonNullable<Measure['aim']> = { text: 'all, always', isReached: ({ least }) => least === 1 };

/** A window may begin just before a tick and end just after one. */
const atMostOne: NonNullable<Measure['aim']> = { text: 'at most 1', isReached: ({ median }) => median <= 1.02 };

export const MEASURES: { readonly [K in keyof Window]: Measure } = {
  ageP50Ms: { title: 'age of observation, p50, s', show: seconds },
  ageP95Ms: { title: 'p95, s', show: seconds },
  ageP99Ms: { title: 'p99, s', show: seconds, aim: below('15', 15_000) },
  ageMaxMs: { title: 'oldest, s', show: seconds },
  daemonCores: { title: 'CPU of the daemon, cores', show: hundredths, aim: below('0.6', 0.6) },
  daemonRssMb: { title: 'memory of the daemon, MB', show: whole, aim: below('512', 512) },
  costPerJobAndTickUs: { title: 'CPU a Job and tick, µs', show: whole },
  mariadbCores: { title: 'CPU of MariaDB, cores', show: hundredths },
  mariadbStatementsPerSecond: { title: 'statements a second', show: whole },
  redisCores: { title: 'CPU of Redis, of a core', show: percent, aim: below('2 %', 0.02) },
  redisCommandsPerSecond: { title: 'Redis commands a second', show: whole },
  overviewsPerClusterAndTick: { title: 'overviews a cluster and tick', show: hundredths, aim: atMostOne },
  requestsPerSecond: { title: 'requests to Flink a second', show: whole },
  deadShownUnknown: { title: 'Jobs of dead clusters UNKNOWN', show: percent, aim: all },
  shownStarted: { title: 'Jobs STARTED', show: percent, aim: all },
};

export const MEASURE_NAMES = Object.keys(MEASURES) as readonly (keyof Window)[];
