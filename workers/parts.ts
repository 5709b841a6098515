import type { Command } from '../src/domain/due.ts';
import type { Limits } from '../src/domain/limits.ts';
import type { Engine } from '../src/engine/engine.ts';
import type { CommandQueue, Log, Store, TargetDriver } from '../src/ports.ts';
import type { Outcome } from './outcome.ts';

/** What the workers work with. */
export interface WorkerParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly queue: CommandQueue;
  readonly targets: TargetDriver;
  readonly limits: Limits;
  /** Over how many sweeps the targets are spread. */
  readonly shards: number;
  readonly restartCountIntervalMs: number;
  readonly terminateReportAfterMs: number;
  /** Milliseconds of a clock that only measures durations. */
  readonly monotonicMs: () => number;
  readonly log: Log;
}

export interface Handler {
  run(command: Command): Promise<Outcome>;
  /** The version of the row that the command is about, where a change of it should end a snooze. */
  version?(id: string): Promise<number | undefined>;
}
