import type { Command, CommandKind } from '../domain/due.ts';

export interface CommandQueue {
  /** Something happened: runs the command as soon as possible (or after `delayMs`), once more if it is running now. Rejects when Redis is away; the row is the outbox. */
  wake(command: Command, delayMs?: number): Promise<void>;
  /** For repair and follow-up looks: runs the command unless one waits, runs or snoozes already. `slot` tells apart commands that may wait side by side. */
  ensure(command: Command, delayMs?: number, slot?: string): Promise<void>;
  ping(): Promise<void>;
}

/** The commands of one kind in the queue. */
export interface QueuedCommands {
  readonly kind: CommandKind;
  readonly counts: Readonly<Record<'waiting' | 'active' | 'delayed', number>>;
  /** For how long the one that waits longest could have run; 0 where none waits. */
  readonly oldestPendingMs: number;
}

export interface QueueFigures {
  commands(): Promise<readonly QueuedCommands[]>;
}
