import type { Command } from '../src/domain/due.ts';
import type { Limits } from '../src/domain/limits.ts';
import type { Engine } from '../src/engine/engine.ts';
import type { Listener } from '../src/ports/listener.ts';
import type { Log } from '../src/ports/log.ts';
import type { CommandQueue } from '../src/ports/queue.ts';
import type { Store } from '../src/ports/store.ts';
import type { TargetDriver } from '../src/ports/targets.ts';
import type { Outcome } from './outcome.ts';

/** What the workers work with. */
export interface WorkerParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly queue: CommandQueue;
  readonly targets: TargetDriver;
  readonly limits: Limits;
  /** How often each running job's counters of restarts and checkpoints are read. */
  readonly metricsIntervalMs: number;
  readonly terminateReportAfterMs: number;
  /** Milliseconds of a clock that only measures durations. */
  readonly monotonicMs: () => number;
  readonly listener: Listener;
  readonly log: Log;
}

export interface Handler {
  /** `lagMs`: how long after its time the command was taken. */
  run(command: Command, lagMs: number): Promise<Outcome>;
  /** Leaves a command alone that always fails, so that it costs the others nothing. Without it a command is tried again and again. */
  setAside?(id: string, reason: string): Promise<void>;
  /** The version of the row that the command is about, where a change of it should end a snooze. */
  version?(id: string): Promise<number | undefined>;
}
