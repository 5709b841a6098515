/** What should happen with a command after a worker ran it. A throw means: try again, later and later. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'snooze'; readonly ms: number };

export const done: Outcome = { kind: 'done' };

/** Waiting is not failing: a snooze uses up no attempt. */
export const snooze = (ms: number): Outcome => ({ kind: 'snooze', ms: Math.max(0, Math.ceil(ms)) });
