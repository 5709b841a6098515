/** What one cluster may be asked, and how long an answer may take. All times in milliseconds. */
export interface FlinkLimits {
  /** From sending a read (or a cancel) to the last byte of its answer; also how long a connection may take to open. */
  readonly readTimeoutMs: number;
  /** The same for a submission: `POST /jars/:id/run` is answered when main() is over. */
  readonly submitTimeoutMs: number;
  readonly uploadTimeoutMs: number;
  /** Requests under way at once; the rest wait. */
  readonly requestsAtOnce: number;
  /** Submissions under way at once; the rest are told to come back, so that slow mains cannot fill the start slots. */
  readonly submissionsAtOnce: number;
  /** So many failures in a row open the breaker. */
  readonly breakerFailures: number;
  /** How long it stays open: first, then doubling up to the most. */
  readonly breakerFirstMs: number;
  readonly breakerMostMs: number;
}
