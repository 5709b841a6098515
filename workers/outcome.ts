/** What should happen with a command after a worker ran it. A throw means: try again, later and later. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'snooze'; readonly ms: number; readonly version: number | undefined };

export const done: Outcome = { kind: 'done' };

/**
 * Waiting is not failing: a snooze uses up no attempt. `version` is the last that the worker knew of its row: another one ends the snooze at once.
 * Without it the version before the run counts, so that a worker's own write would make it run once more.
 */
export const snooze = (ms: number, version?: number): Outcome => ({ kind: 'snooze', ms: Math.max(0, Math.ceil(ms)), version });
