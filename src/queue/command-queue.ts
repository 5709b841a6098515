import { Queue, type DefaultJobOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { COMMAND_KINDS, type Command, type CommandKind } from '../domain/due.ts';
import { DreyError } from '../domain/errors.ts';
import type { Log } from '../ports/log.ts';
import type { CommandQueue } from '../ports/queue.ts';

export type Queues = { readonly [K in CommandKind]: Queue<Command> };

/** A command that threw is tried again this often; then `repair` finds it in the rows. Nothing stays in Redis that is over. */
const COMMAND_OPTIONS: DefaultJobOptions = { attempts: 20, backoff: { type: 'custom' }, removeOnComplete: true, removeOnFail: true };

/** One queue a kind, so that a kind that is stuck delays no other. */
export function openQueues(connection: Redis, prefix: string, log: Log): Queues {
  const open = (kind: CommandKind): Queue<Command> => {
    const queue = new Queue<Command>(kind, { connection, prefix, defaultJobOptions: COMMAND_OPTIONS });
    queue.on('error', (error) => log.debug({ kind, cause: error.message }, 'queue not reachable'));
    return queue;
  };
  return Object.fromEntries(COMMAND_KINDS.map((kind) => [kind, open(kind)])) as Queues;
}

/** The CommandQueue on BullMQ. How the deduplication options behave was measured: docs/how-it-works.md, Queues. */
export function commandQueue(queues: Queues, connection: Redis): CommandQueue {
  return {
    async wake(command, delayMs = 0) {
      const deduplication = { id: `${command.kind}-${command.id}`, keepLastIfActive: true, reschedule: true };
      await queues[command.kind].add(command.kind, command, { deduplication, delay: delayMs });
    },
    async ensure(command, delayMs = 0, slot) {
      const id = `${command.kind}-${command.id}${slot === undefined ? '' : `-${slot}`}`;
      await queues[command.kind].add(command.kind, command, { deduplication: { id }, delay: delayMs });
    },
    async ping() {
      try {
        await connection.ping();
      } catch (error) {
        throw new DreyError('unavailable', 'Redis does not answer', { cause: error });
      }
    },
  };
}

export async function closeQueues(queues: Queues): Promise<void> {
  await Promise.all(Object.values(queues).map((queue) => queue.close()));
}
