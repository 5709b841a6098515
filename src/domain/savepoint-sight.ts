/** How a savepoint, or a stop with savepoint, stands: the operation of a trigger id, as Flink tells it. */
export type SavepointOperation =
  /** Not known (any more): never triggered, over for 5 minutes, or forgotten by a new JobManager. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'inProgress' }
  /** `jobFailed`: the savepoint is whole, and the job failed while it stopped (Flink's StopWithSavepointStoppingException). */
  | { readonly kind: 'completed'; readonly endpoint: string; readonly location: string; readonly jobFailed: boolean }
  /** COMPLETED with a failure cause; `message` is the root cause in the user's words. */
  | { readonly kind: 'failed'; readonly endpoint: string; readonly message: string };

/** What lies in a directory of savepoints or checkpoints. */
export type StoredState =
  | { readonly kind: 'found'; readonly location: string }
  /** The directory can be looked into from here, and holds nothing whole. */
  | { readonly kind: 'none' }
  /** It cannot be looked into from here (another file system, not mounted, no right). */
  | { readonly kind: 'unknown'; readonly why: string };
