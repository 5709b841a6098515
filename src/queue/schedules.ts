import { COMMAND_KINDS } from '../domain/due.ts';
import { schedulesOf, type Schedule } from '../domain/regime.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import type { Queues } from './command-queue.ts';

/** Brings Redis to exactly these schedules: puts back what is missing, removes what an earlier configuration had. Changes nothing where all is right. */
export async function applySchedules(queues: Queues, schedules: readonly Schedule[]): Promise<void> {
  await Promise.all(
    schedules.map(({ kind, id, everyMs, offsetMs }) =>
      queues[kind].upsertJobScheduler(
        keyOf({ kind, id }),
        { every: everyMs, offset: offsetMs },
        { name: kind, data: { kind, id }, opts: { attempts: 1, removeOnComplete: true, removeOnFail: true } },
      ),
    ),
  );
  const wanted = new Set(schedules.map(keyOf));
  for (const kind of COMMAND_KINDS) {
    for (const { key } of await queues[kind].getJobSchedulers()) {
      if (!wanted.has(key)) await queues[kind].removeJobScheduler(key);
    }
  }
}

const keyOf = ({ kind, id }: Pick<Schedule, 'kind' | 'id'>): string => `${kind}-${id}`;

/**
 * Applies what the daemon that was started last wants, every `everyMs` until stopped: schedules live in Redis, and a FLUSHALL takes them. While
 * the database or Redis is away it is tried again at the next turn.
 */
export function keepSchedules(queues: Queues, store: Pick<Store, 'regime'>, everyMs: number, log: Log): { stop(): void } {
  const timer = setInterval(() => {
    store
      .regime()
      .then((regime) => applySchedules(queues, schedulesOf(regime)))
      .catch((error: unknown) => log.warn({ error }, 'schedules not renewed, the next turn will try again'));
  }, everyMs);
  return { stop: () => clearInterval(timer) };
}
