import type { CommandKind } from './due.ts';
import type { RetentionLimits } from './retention.ts';

/** The settings that hold for all daemons of a database at once: those of the daemon that was started last. Milliseconds. */
export interface Regime {
  readonly probeIntervalMs: number;
  /** Over how many sweeps the targets are spread. */
  readonly shards: number;
  readonly repairIntervalMs: number;
  readonly retention: RetentionLimits;
  /** How often Jobs and events beyond their limits are deleted; absent: never. */
  readonly jobsCleanupMs?: number;
  readonly eventsCleanupMs?: number;
}

/** A command that comes again and again. */
export interface Schedule {
  readonly kind: CommandKind;
  /** What the command is about; names the schedule together with the kind. */
  readonly id: string;
  readonly everyMs: number;
  /** Schedules with one interval would all fire in the same millisecond. */
  readonly offsetMs: number;
}

/** One sweep a shard, spread over the interval; the repair; the cleanups that are configured. */
export const schedulesOf = ({ probeIntervalMs, shards, repairIntervalMs, jobsCleanupMs, eventsCleanupMs }: Regime): Schedule[] => [
  ...Array.from({ length: shards }, (_, shard): Schedule => {
    const offsetMs = Math.floor((shard * probeIntervalMs) / shards);
    return { kind: 'sweep', id: sweepId(shard, shards), everyMs: probeIntervalMs, offsetMs };
  }),
  { kind: 'repair', id: 'all', everyMs: repairIntervalMs, offsetMs: 0 },
  ...(jobsCleanupMs === undefined ? [] : [{ kind: 'cleanup', id: 'jobs', everyMs: jobsCleanupMs, offsetMs: 0 } as const]),
  ...(eventsCleanupMs === undefined ? [] : [{ kind: 'cleanup', id: 'events', everyMs: eventsCleanupMs, offsetMs: 0 } as const]),
];

/** The sweep of one shard of so many: both are in the id, since a daemon with other settings may run it. */
export const sweepId = (shard: number, shards: number): string => `${shard}/${shards}`;

export function shardOf(sweep: string): { shard: number; shards: number } {
  const [shard = 0, shards = 1] = sweep.split('/').map(Number);
  return { shard, shards };
}
