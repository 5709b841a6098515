import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterAddresses, Counts } from './protocol.ts';

export interface ClustersClient {
  addresses(): Promise<ClusterAddresses>;
  /** The ids that each living cluster runs from now on. */
  run(jobs: readonly (readonly string[])[]): Promise<void>;
  counts(): Promise<Counts>;
  isReady(): Promise<boolean>;
}

/** Speaks with the process of the clusters. */
export function clustersClient(port: number): ClustersClient {
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, signal: AbortSignal.timeout(30_000) });
    return response.json();
  };
  return {
    addresses: async () => (await ask('/')) as ClusterAddresses,
    async run(jobs) {
      await ask('/jobs', { method: 'POST', body: JSON.stringify(jobs) });
    },
    counts: async () => (await ask('/counts')) as Counts,
    isReady: () =>
      ask('/').then(
        () => true,
        () => sleep(20, false),
      ),
  };
}
