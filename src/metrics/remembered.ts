/** What was heard last of a target's cluster, in this process. */
export interface HeardOfTarget {
  readonly isUp: boolean | undefined;
  readonly breaker: 'closed' | 'open' | 'halfOpen';
  readonly heardAtMs: number;
}

/** The last values of what a listener is told and no table holds. */
export interface Remembered {
  readonly targets: Map<string, HeardOfTarget>;
  readonly cleanups: Map<string, { readonly pending: number; readonly succeededAtMs: number }>;
}

export const remembered = (): Remembered => ({ targets: new Map(), cleanups: new Map() });

/** A target that nobody asks any more has no Jobs; what was heard of it last says nothing about it now. */
const FORGOTTEN_AFTER_MS = 10 * 60_000;

/** Those of the last ten minutes; the others are dropped. */
export function targetsNow({ targets }: Remembered, nowMs: number): (readonly [string, HeardOfTarget])[] {
  for (const [name, { heardAtMs }] of targets) {
    if (nowMs - heardAtMs > FORGOTTEN_AFTER_MS) targets.delete(name);
  }
  return [...targets];
}
