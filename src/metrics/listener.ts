import type { Listener } from '../ports/listener.ts';
import type { Log } from '../ports/log.ts';
import { transitionName, type Counted } from './counted.ts';
import type { HeardOfTarget, Remembered } from './remembered.ts';

/** The Listener that counts. What goes wrong in it is a line in the log, never the caller's trouble. */
export function countingListener(counted: Counted, { targets, cleanups }: Remembered, nowMs: () => number, log: Log): Listener {
  const safely =
    <A extends readonly unknown[]>(count: (...told: A) => void) =>
    (...told: A): void => {
      try {
        count(...told);
      } catch (error) {
        log.warn({ error }, 'not counted');
      }
    };
  const heard = (target: string, news: Partial<HeardOfTarget>): void => {
    const before = targets.get(target) ?? { isUp: undefined, breaker: 'closed' };
    targets.set(target, { ...before, ...news, heardAtMs: nowMs() });
  };

  return {
    jobMoved: safely((from, to, tookMs) => {
      counted.transitions.inc({ from, to });
      if (from !== 'NONE') counted.transitionDuration.observe({ transition: transitionName(from, to) }, seconds(tookMs));
    }),
    staleWrite: safely(() => counted.staleWrites.inc()),
    commandEnded: safely((kind, outcome, tookMs) => {
      counted.commands.inc({ kind, outcome });
      counted.commandDuration.observe({ kind }, seconds(tookMs));
    }),
    requeued: safely((kind, count) => counted.requeued.inc({ kind }, count)),
    swept: safely((tookMs, lagMs) => {
      counted.sweepDuration.observe(seconds(tookMs));
      counted.sweepLag.observe(seconds(lagMs));
    }),
    observed: safely((agesMs) => {
      for (const ageMs of agesMs) counted.probeAge.observe(seconds(ageMs));
    }),
    flinkAsked: safely((target, endpoint, code, tookMs) => counted.flinkRequest.observe({ target, endpoint, code }, seconds(tookMs))),
    breakerMoved: safely((target, breaker) => heard(target, { breaker })),
    targetLooked: safely((target, isUp) => heard(target, { isUp })),
    strayCancelled: safely(() => counted.straysCancelled.inc()),
    deleted: safely((kind, count) => counted.deleted.inc({ kind }, count)),
    cleaned: safely((kind, pending) => cleanups.set(kind, { pending, succeededAtMs: nowMs() })),
  };
}

/** Two clocks may disagree by a little: no duration is below nothing. */
const seconds = (ms: number): number => Math.max(0, ms) / 1000;
