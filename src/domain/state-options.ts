// Where Flink puts the state of a job, by its own options: each before its older name, as Flink itself looks.

export const SAVEPOINT_OPTIONS = ['execution.checkpointing.savepoint-dir', 'state.savepoints.dir'] as const;
export const CHECKPOINT_OPTIONS = ['execution.checkpointing.dir', 'state.checkpoints.dir'] as const;

/** The value of the first of the options that is set. */
export const firstSet = (options: readonly string[], valueOf: (option: string) => string | undefined): string | undefined =>
  options.map(valueOf).find((value) => value !== undefined && value !== '');
