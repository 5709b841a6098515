import { DelayedError, Worker, type ConnectionOptions, type Job as QueuedJob } from 'bullmq';
import { backoff } from '../src/domain/backoff.ts';
import { COMMAND_KINDS, type Command, type CommandKind } from '../src/domain/due.ts';
import { isDreyError } from '../src/domain/errors.ts';
import type { Listener } from '../src/ports/listener.ts';
import type { Log } from '../src/ports/log.ts';
import type { CommandQueue } from '../src/ports/queue.ts';
import type { Handlers } from './index.ts';
import type { Handler } from './parts.ts';

// INVARIANTS
// 1. A hold on a command is no fence: a worker that was paused goes on after its hold is lost. Effects are idempotent, writes guarded.
// 2. Losing the hold any number of times never kills a command: only its own end does.
// 3. A command that always fails, or always takes its worker with it, is set aside with the reason: the others go on.

export interface HarnessOptions {
  readonly connection: ConnectionOptions;
  readonly prefix: string;
  readonly lockMs: number;
  readonly stalledCheckMs: number;
  readonly concurrency: number;
  readonly queue: CommandQueue;
  readonly listener: Listener;
  readonly log: Log;
}

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 30_000;

/** So many failures by its own fault, or workers that died or froze with it, are enough. */
const MOST_FAILURES = 5;
const MOST_STALLS = 5;

/** Starts a BullMQ worker a kind. `stop` takes no new command and waits for those that run, `deadlineMs` at most. */
export function runWorkers(handlers: Handlers, options: HarnessOptions): { stop(deadlineMs: number): Promise<boolean> } {
  const workers = COMMAND_KINDS.map((kind) => startWorker(kind, handlers[kind], options));
  return {
    async stop(deadlineMs) {
      const closed = Promise.all(workers.map((worker) => worker.close())).then(() => true);
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<boolean>((resolve) => {
        timer = setTimeout(resolve, deadlineMs, false);
      });
      const inTime = await Promise.race([closed, late]);
      clearTimeout(timer);
      return inTime;
    },
  };
}

function startWorker(kind: CommandKind, handler: Handler, options: HarnessOptions): Worker<Command> {
  const { connection, prefix, lockMs, stalledCheckMs, concurrency, log } = options;
  const worker = new Worker<Command>(kind, (job, token) => runCommand(handler, job, token, options), {
    connection,
    prefix,
    concurrency,
    lockDuration: lockMs,
    stalledInterval: stalledCheckMs,
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    settings: { backoffStrategy: (attemptsMade) => backoff(attemptsMade, RETRY_FIRST_MS, RETRY_MOST_MS) },
  });
  worker.on('failed', (job, error) => {
    log.warn({ command: job?.data, attempts: job?.attemptsMade, error }, 'command failed, it will be tried again');
  });
  worker.on('error', (error) => {
    // BullMQ tells both by this event: the lost hold by this text alone.
    const isHold = error.message.startsWith('could not renew lock');
    log.warn({ kind, cause: error.message }, isHold ? 'hold on a command lost, another worker may run it too' : 'queue not reachable');
  });
  return worker;
}

/** The only place that knows what an outcome is to BullMQ. */
async function runCommand(handler: Handler, job: QueuedJob<Command>, token: string | undefined, options: HarnessOptions): Promise<void> {
  const { queue, listener } = options;
  const command = job.data;
  const began = performance.now();
  const ended = (outcome: CommandOutcome): void => listener.commandEnded(command.kind, outcome, performance.now() - began);
  try {
    if (handler.setAside !== undefined && job.stalledCounter > MOST_STALLS) {
      await setAside(handler, job, `its worker did not come to an end ${job.stalledCounter} times`, options);
      ended('setAside');
      return;
    }
    const before = await handler.version?.(command.id);
    const outcome = await handler.run(command, Math.max(0, Date.now() - job.timestamp - job.delay));
    switch (outcome.kind) {
      case 'done':
        ended('done');
        return;
      case 'snooze':
        await job.moveToDelayed(Date.now() + outcome.ms, token);
        ended('snoozed');
        // A wake that came during the run would wait for the end of the snooze.
        if ((await handler.version?.(command.id)) !== (outcome.version ?? before)) await queue.wake(command);
        throw new DelayedError();
      default:
        return outcome satisfies never;
    }
  } catch (error) {
    if (error instanceof DelayedError) throw error;
    if (handler.setAside !== undefined && isItsOwnFault(error) && job.attemptsMade + 1 >= MOST_FAILURES) {
      await setAside(handler, job, error instanceof Error ? error.message : String(error), options);
      ended('setAside');
      return;
    }
    ended('failed');
    throw error;
  }
}

type CommandOutcome = Parameters<Listener['commandEnded']>[1];

/** What may succeed later is the fault of a database or a cluster that is away. */
const isItsOwnFault = (error: unknown): boolean => !isDreyError(error) || !error.retryable;

/** The command is over for the queue; its row says when it is due again, and `repair` brings it back. */
async function setAside(handler: Handler, job: QueuedJob<Command>, reason: string, { log }: HarnessOptions): Promise<void> {
  log.error({ command: job.data, failures: job.attemptsMade + 1, stalls: job.stalledCounter, reason }, 'command set aside');
  await handler.setAside?.(job.data.id, reason);
}
