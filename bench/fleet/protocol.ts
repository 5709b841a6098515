/** What the benchmark and the process of its clusters say to each other, as JSON over HTTP. */
export interface ClusterAddresses {
  readonly living: readonly LivingCluster[];
  readonly silent: readonly string[];
}

export interface LivingCluster {
  readonly url: string;
  /** Of its JobManager. */
  readonly fingerprint: string;
}

/** Since the start. */
export interface Counts {
  /** Overviews that each living cluster was asked for. */
  readonly overviews: readonly number[];
  /** Requests to the living ones, by endpoint. */
  readonly requests: Readonly<Record<string, number>>;
}
