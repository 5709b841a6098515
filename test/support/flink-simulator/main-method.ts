import { setTimeout as sleep } from 'node:timers/promises';
import { PROGRAM } from './texts.ts';

/** What a submission asks for, as far as the simulator understands it. */
export interface RunBody {
  readonly entryClass?: string;
  readonly programArgsList?: readonly string[];
  readonly parallelism?: number;
  readonly jobId?: string;
  readonly applicationId?: string;
  readonly savepointPath?: string;
  readonly flinkConfiguration?: Readonly<Record<string, string>>;
}

/** How main() of flinkkit.CountingJob ended. */
export type MainOutcome =
  | { readonly kind: 'threw'; readonly chain: readonly string[] }
  | { readonly kind: 'noJob' }
  | { readonly kind: 'submits'; readonly state: 'RUNNING' | 'FINISHED' | 'FAILED' };

/** Runs main(): understands CountingJob's `--slow-start-seconds`, `--poison-main`, `--no-job`, `--max-records` and `--fail-unrecoverably`. Rejects when interrupted. */
export async function runMain(body: RunBody, held: Promise<void>, interrupt: AbortSignal): Promise<MainOutcome> {
  const args = body.programArgsList ?? [];
  const slow = args.indexOf('--slow-start-seconds');
  if (slow >= 0) await sleep(Number(args[slow + 1]) * 1000, undefined, { signal: interrupt });
  await Promise.race([held, interrupted(interrupt)]);
  interrupt.throwIfAborted();
  if (args.includes('--poison-main')) return threw('java.lang.IllegalStateException', 'main() was told to fail');
  const interval = body.flinkConfiguration?.['execution.checkpointing.interval'];
  if (interval !== undefined && !/^\d/.test(interval)) {
    const message = `Could not parse value '${interval}' for key 'execution.checkpointing.interval'.`;
    return threw('java.lang.IllegalArgumentException', message, 'java.lang.NumberFormatException: text does not start with a number');
  }
  if (args.includes('--no-job')) return { kind: 'noJob' };
  if (args.includes('--fail-unrecoverably')) return { kind: 'submits', state: 'FAILED' };
  return { kind: 'submits', state: args.includes('--max-records') ? 'FINISHED' : 'RUNNING' };
}

const threw = (className: string, message: string, ...causes: string[]): MainOutcome => ({
  kind: 'threw',
  chain: [`${PROGRAM}: The main method caused an error: ${message}`, `${className}: ${message}`, ...causes],
});

const interrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
