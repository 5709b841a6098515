import type { Checkpoints, FlinkWord } from './job.ts';

/** What one look at Flink showed of one Job. */
export type Observation =
  /** Refused, timed out, 5xx, not understood, a word that Flink does not have: no statement about the job at all. */
  | { readonly kind: 'unreachable'; readonly message: string }
  /** The cluster answered and does not know the id. */
  | {
      readonly kind: 'notFound';
      readonly endpoint: string;
      readonly fingerprint: string;
      readonly highAvailability: boolean;
      /** What the archive of the target says, where it has one and that was read. */
      readonly archived?: Archived;
    }
  /** Flink 2.3: main() is still running (or about to), and has not submitted its job yet. */
  | { readonly kind: 'applicationRunning' }
  /** Flink 2.3: main() is over, and a look-up begun after that found no job. */
  | {
      readonly kind: 'applicationEnded';
      readonly endpoint: string;
      readonly status: 'FAILED' | 'CANCELED' | 'FINISHED';
      /** The root cause in the user's words, where there is one. */
      readonly cause?: string;
    }
  | {
      readonly kind: 'found';
      readonly endpoint: string;
      readonly fingerprint: string;
      readonly word: FlinkWord;
      /** No task scheduled, deploying, initializing or reconciling, and at least one running or finished. */
      readonly tasksReady: boolean;
      /** What the tasks do while they are not ready: "1 of 2 tasks waits for a slot". */
      readonly progress?: string;
      /** The root cause, read when the word is FAILED. */
      readonly cause?: string;
      readonly startedAtMs: number;
      /** Flink's restart counter since this JobManager runs the job, when it was read. */
      readonly restarts?: number;
      /** Read together with it. */
      readonly checkpoints?: Checkpoints;
    };

/** The end of a job as its JobManager archived it. */
export interface Archived {
  /** The file. */
  readonly endpoint: string;
  readonly word: FlinkWord;
  readonly cause?: string;
}
