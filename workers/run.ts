import { DelayedError, Worker, type ConnectionOptions, type Job as QueuedJob } from 'bullmq';
import { backoff } from '../src/domain/backoff.ts';
import { COMMAND_KINDS, type Command, type CommandKind } from '../src/domain/due.ts';
import type { CommandQueue, Listener, Log } from '../src/ports.ts';
import type { Handlers } from './index.ts';
import type { Handler } from './parts.ts';

// INVARIANTS
// 1. A hold on a command is no fence: a worker that was paused goes on after its hold is lost. Effects are idempotent, writes guarded.
// 2. Losing the hold any number of times never kills a command: only its own end does.

export interface HarnessOptions {
  readonly connection: ConnectionOptions;
  readonly prefix: string;
  readonly lockMs: number;
  readonly stalledCheckMs: number;
  readonly concurrency: number;
  readonly queue: CommandQueue;
  readonly log: Log;
  readonly listener?: Pick<Listener, 'commandEnded'>;
}

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 30_000;

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
  const { connection, prefix, lockMs, stalledCheckMs, concurrency, queue, log, listener } = options;
  const worker = new Worker<Command>(kind, (job, token) => told(kind, listener, runCommand(handler, job, token, queue)), {
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
    log.warn({ kind, cause: error.message }, 'queue not reachable');
  });
  return worker;
}

async function told(kind: CommandKind, listener: HarnessOptions['listener'], run: Promise<void>): Promise<void> {
  const began = performance.now();
  const end = (outcome: 'done' | 'snoozed' | 'failed'): void => listener?.commandEnded(kind, outcome, performance.now() - began);
  try {
    await run;
    end('done');
  } catch (error) {
    end(error instanceof DelayedError ? 'snoozed' : 'failed');
    throw error;
  }
}

/** The only place that knows what an outcome is to BullMQ. */
async function runCommand(handler: Handler, job: QueuedJob<Command>, token: string | undefined, queue: CommandQueue): Promise<void> {
  const command = job.data;
  const before = await handler.version?.(command.id);
  const outcome = await handler.run(command);
  switch (outcome.kind) {
    case 'done':
      return;
    case 'snooze':
      await job.moveToDelayed(Date.now() + outcome.ms, token);
      // A wake that came during the run would wait for the end of the snooze.
      if ((await handler.version?.(command.id)) !== (outcome.version ?? before)) await queue.wake(command);
      throw new DelayedError();
    default:
      return outcome satisfies never;
  }
}
