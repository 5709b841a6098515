import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../domain/duration.ts';
import { humanDuration } from './age.ts';
import { CommandError, EXIT } from './exit.ts';
import type { Session } from './session.ts';

/** What one look showed: a verdict, or what is waited for now. */
export type Seen = { readonly reached: string } | { readonly failed: string } | { readonly step: string };

const LOOK_MS = 1000;

/**
 * Looks each second until there is a verdict, and shows the current step and for how long it has been that. A server that cannot be
 * reached is one more step, but for the first look. Throws `timeout` after `timeoutMs`, `failed` with the look's own words.
 */
export async function follow({ screen, shell }: Session, timeoutMs: number, look: () => Promise<Seen>): Promise<number> {
  const began = shell.monotonicMs();
  let step = '';
  let stepBegan = began;
  for (let isFirst = true; ; isFirst = false) {
    const seen = await look().catch((error: unknown): Seen => {
      if (isFirst || !(error instanceof CommandError) || error.exitCode !== EXIT.unreachable) throw error;
      return { step: error.message };
    });
    if ('reached' in seen) {
      screen.print(seen.reached);
      return EXIT.reached;
    }
    if ('failed' in seen) throw new CommandError(EXIT.failed, seen.failed);
    const now = shell.monotonicMs();
    if (seen.step !== step) [step, stepBegan] = [seen.step, now];
    const left = began + timeoutMs - now;
    if (left <= 0) throw new CommandError(EXIT.timeout, `not within ${humanDuration(timeoutMs)}: ${step}`);
    screen.progress(step, humanDuration(now - stepBegan));
    await shell.pause(Math.min(LOOK_MS, left));
  }
}

/** The value of --timeout in milliseconds: a Duration with its unit. */
export function timeoutOption(text: string): number {
  try {
    const ms = parseDuration(text);
    if (ms >= 0 && !/^[+-]?\d+$/.test(text)) return ms;
  } catch {
    // told below
  }
  throw new InvalidArgumentError('Write one number with its unit: 90s, 5m, 1h.');
}
