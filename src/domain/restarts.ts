const MINUTE = 60_000;

/** What too many restarts are called, and the time within which they count (VVP 2.x). */
export const RESTART_CONDITIONS = { JobFailing: 10 * MINUTE, JobUnstable: 60 * MINUTE } as const;
export type RestartCondition = keyof typeof RESTART_CONDITIONS;

/** So many within the time make the condition True. */
const TOO_MANY = 3;

/** A crash loop is seen at every look: more samples than these would make the row large and tell nothing new. */
const MOST_SAMPLES = 60;

const LONGEST = Math.max(...Object.values(RESTART_CONDITIONS));

/** The restart count of a Job was seen to have grown by so many. They count from then on, whenever they happened: nobody saw that. */
interface RestartSample {
  readonly at: Date;
  readonly restarts: number;
}

/** When a Job's restart count was seen to grow, as far as its conditions need it. */
export interface RestartHistory {
  /** Oldest first: those of the last hour as of the newest, at most 60. */
  readonly samples: readonly RestartSample[];
  /** When a condition became what it was right after the newest sample. Absent: it never was anything but False. */
  readonly turnedAt: { readonly [C in RestartCondition]?: Date };
}

/** What a condition is. */
export interface RestartTurn {
  readonly isTrue: boolean;
  /** Since when; undefined: always. */
  readonly since: Date | undefined;
  /** How many restarts were seen within its time: at least so many there were. */
  readonly count: number;
}

const NONE: RestartHistory = { samples: [], turnedAt: {} };

/** The history after the count was seen to have grown by `restarts`. */
export function historyAfter(history: RestartHistory | undefined = NONE, restarts: number, at: Date): RestartHistory {
  const recent = history.samples.filter((sample) => at.getTime() - sample.at.getTime() < LONGEST);
  const samples = [...recent, { at, restarts }].slice(-MOST_SAMPLES);
  return { samples, turnedAt: { ...turned(history, samples, 'JobFailing', at), ...turned(history, samples, 'JobUnstable', at) } };
}

/** What is remembered of a condition: restarts can only make it True, and time alone makes it False. */
function turned(history: RestartHistory, samples: readonly RestartSample[], condition: RestartCondition, at: Date) {
  const before = turnOf(history, condition, at);
  const isTrue = tooManyUntil(samples, RESTART_CONDITIONS[condition]) > at.getTime();
  const since = isTrue === before.isTrue ? before.since : at;
  return since === undefined ? {} : { [condition]: since };
}

/** What a condition is at `now`, a time that is not before the newest sample. Pure. */
export function turnOf({ samples, turnedAt }: RestartHistory = NONE, condition: RestartCondition, now: Date): RestartTurn {
  const window = RESTART_CONDITIONS[condition];
  const count = samples.reduce((sum, { at, restarts }) => (now.getTime() - at.getTime() < window ? sum + restarts : sum), 0);
  const newest = samples.at(-1)?.at.getTime() ?? 0;
  const until = tooManyUntil(samples, window);
  const turnedBack = until > newest && until <= now.getTime();
  return { isTrue: until > now.getTime(), since: turnedBack ? new Date(until) : turnedAt[condition], count };
}

/** When the oldest of the newest three restarts is out of the window; without three of them, never within it. */
function tooManyUntil(samples: readonly RestartSample[], window: number): number {
  let left = TOO_MANY;
  const third = samples.findLast(({ restarts }) => (left -= restarts) <= 0);
  return third === undefined ? -Infinity : third.at.getTime() + window;
}
