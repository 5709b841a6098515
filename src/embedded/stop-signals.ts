import { constants } from 'node:os';

export interface StopSignals {
  /** Aborted by the first signal that asks to stop. */
  readonly signal: AbortSignal;
  /** 128 + the number of that signal, as shells have it; undefined as long as there was none. */
  exitCode(): number | undefined;
}

const repeatMs = 1000;

/**
 * Listens for Ctrl-C, SIGTERM and the closing of the terminal. Under npm a Ctrl-C comes twice within a millisecond, from the
 * terminal and from npm: what follows within a second of the first is the same wish. A later one calls `force`.
 */
export function listenForStop(force: () => void): StopSignals {
  const controller = new AbortController();
  let first: { name: NodeJS.Signals; at: number } | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    if (first === undefined) {
      first = { name, at: Date.now() };
      controller.abort(new Error(`stopped by ${name}`));
    } else if (Date.now() - first.at > repeatMs) {
      force();
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return {
    signal: controller.signal,
    exitCode: () => (first === undefined ? undefined : 128 + constants.signals[first.name]),
  };
}
