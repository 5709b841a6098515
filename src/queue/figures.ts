import type { Queue } from 'bullmq';
import { COMMAND_KINDS, type Command } from '../domain/due.ts';
import type { QueueFigures } from '../ports/queue.ts';
import type { Queues } from './command-queue.ts';

/** The QueueFigures on BullMQ, whose own export for Prometheus is not accepted by `promtool check metrics`. */
export const queueFigures = (queues: Queues): QueueFigures => ({
  commands: () =>
    Promise.all(
      COMMAND_KINDS.map(async (kind) => {
        const queue = queues[kind];
        const { waiting = 0, active = 0, delayed = 0 } = await queue.getJobCounts('waiting', 'active', 'delayed');
        return { kind, counts: { waiting, active, delayed }, oldestPendingMs: waiting === 0 ? 0 : await oldestPendingMs(queue) };
      }),
    ),
});

async function oldestPendingMs(queue: Queue<Command>): Promise<number> {
  const [oldest] = await queue.getWaiting(0, 0);
  if (oldest === undefined) return 0;
  // A snooze counts from the run that snoozed, not from when the command was made.
  return Math.max(0, Date.now() - (oldest.processedOn ?? oldest.timestamp) - oldest.delay);
}
