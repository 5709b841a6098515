import { setTimeout } from 'node:timers/promises';

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What a command has around it. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Buffer | string>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted when whoever read the output has gone: `drey get jobs -w | head -1`. */
  readonly outputClosed: AbortSignal;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
  /** Resolves after so long, or as soon as the signal is aborted. */
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** The process as a Shell. */
export function processShell(): Shell {
  const closed = new AbortController();
  process.stdout.once('error', () => closed.abort());
  return {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    outputClosed: closed.signal,
    monotonicMs: () => performance.now(),
    pause: (ms, signal) => setTimeout(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
  };
}
