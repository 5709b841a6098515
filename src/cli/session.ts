import type { Command } from 'commander';
import type { Screen } from './screen.ts';
import type { Server } from './server.ts';
import type { Shell } from './shell.ts';

/** What a command works with. */
export interface Session {
  readonly server: Server;
  readonly screen: Screen;
  readonly shell: Shell;
}

/** Does the work of a command in the session that its options ask for; what it resolves with is the exit code. */
export type Run = (command: Command, work: (session: Session) => Promise<number>) => Promise<void>;

/** The options that every command takes, before it or behind it. */
export interface GlobalOptions {
  readonly server?: string;
  readonly token?: string;
  readonly namespace: string;
  /** False for --no-color. */
  readonly color: boolean;
}
