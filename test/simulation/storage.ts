import type { StoredState } from '../../src/domain/savepoint-sight.ts';

/** A savepoint or checkpoint that lies whole in the simulated file system. */
interface Stored {
  readonly location: string;
  /** The Flink job that wrote it. */
  readonly flinkJobId: string;
  /** How far the job had come, over all jobs that carried its state on. */
  readonly position: number;
  /** A job may not start from less: all but what a user asked for, which may lie a little behind the last checkpoint. */
  readonly isRequired: boolean;
}

/** The file system that all clusters and daemons share. */
export interface Storage {
  write(stored: Stored): void;
  read(location: string): Stored | undefined;
  remove(location: string): void;
  /** The newest below a directory. */
  newest(directory: string): Stored | undefined;
  look(directory: string): StoredState;
  all(): readonly Stored[];
  /** Counts what was written. */
  writes(): number;
}

export function simulatedStorage(): Storage {
  const files = new Map<string, Stored>();
  let writes = 0;
  const newest = (directory: string): Stored | undefined =>
    [...files.values()].filter(({ location }) => location.startsWith(`${directory}/`)).at(-1);
  return {
    write(stored) {
      files.set(stored.location, stored);
      writes++;
    },
    read: (location) => files.get(location),
    remove: (location) => void files.delete(location),
    newest,
    look(directory) {
      const found = newest(directory);
      return found === undefined ? { kind: 'none' } : { kind: 'found', location: found.location };
    },
    all: () => [...files.values()],
    writes: () => writes,
  };
}
