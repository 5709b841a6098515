/** How every command ends. A script may rely on these. */
export const EXIT = { reached: 0, failed: 1, usage: 2, timeout: 3, auth: 4, unreachable: 5 } as const;

type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command: its message is told on stderr, in one line, and its code is the exit code. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

export const usage = (message: string): CommandError => new CommandError(EXIT.usage, message);
