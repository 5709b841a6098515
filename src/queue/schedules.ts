import { COMMAND_KINDS, type CommandKind } from '../domain/due.ts';
import type { Log } from '../ports.ts';
import type { Queues } from './command-queue.ts';

export interface Schedule {
  readonly kind: CommandKind;
  /** What the command is about; names the schedule together with the kind. */
  readonly id: string;
  readonly everyMs: number;
  /** Schedules with one interval would all fire in the same millisecond. */
  readonly offsetMs: number;
}

/** One sweep a shard, spread over the interval, and the repair. */
export const schedulesFor = (probe: { intervalMs: number; shards: number }, repair: { intervalMs: number }): Schedule[] => [
  ...Array.from({ length: probe.shards }, (_, shard): Schedule => {
    const offsetMs = Math.floor((shard * probe.intervalMs) / probe.shards);
    return { kind: 'sweep', id: String(shard), everyMs: probe.intervalMs, offsetMs };
  }),
  { kind: 'repair', id: 'all', everyMs: repair.intervalMs, offsetMs: 0 },
];

/** Schedules live in Redis and a FLUSHALL takes them, so every daemon puts them back again and again; that changes nothing where they stand. */
export async function upsertSchedules(queues: Queues, schedules: readonly Schedule[]): Promise<void> {
  await Promise.all(
    schedules.map(({ kind, id, everyMs, offsetMs }) =>
      queues[kind].upsertJobScheduler(
        `${kind}-${id}`,
        { every: everyMs, offset: offsetMs },
        { name: kind, data: { kind, id }, opts: { attempts: 1, removeOnComplete: true, removeOnFail: true } },
      ),
    ),
  );
}

/** Removes the schedules of an earlier configuration. */
export async function removeOtherSchedules(queues: Queues, schedules: readonly Schedule[]): Promise<void> {
  const wanted = new Set(schedules.map(({ kind, id }) => `${kind}-${id}`));
  for (const kind of COMMAND_KINDS) {
    for (const { key } of await queues[kind].getJobSchedulers()) {
      if (!wanted.has(key)) await queues[kind].removeJobScheduler(key);
    }
  }
}

/** Upserts the schedules every `everyMs` until stopped. A Redis that is away is tried again at the next turn. */
export function keepSchedules(queues: Queues, schedules: readonly Schedule[], everyMs: number, log: Log): { stop(): void } {
  const timer = setInterval(() => {
    upsertSchedules(queues, schedules).catch((error: unknown) => log.warn({ error }, 'schedules not renewed, Redis is away'));
  }, everyMs);
  return { stop: () => clearInterval(timer) };
}
