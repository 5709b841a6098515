import { isFull, take, type Bucket } from '../domain/token-bucket.ts';

/** From so many tokens on, those that were not used for a while are forgotten. */
const MANY = 1000;

/** Counts a request of a token against its rate; returns 0, or for how long the token has to wait. Each daemon counts for itself. */
export function createRateLimit(perSecond: number, monotonicMs: () => number): (id: string) => number {
  const buckets = new Map<string, Bucket>();
  return (id) => {
    const now = monotonicMs();
    if (buckets.size >= MANY && !buckets.has(id)) for (const [other, old] of buckets) if (isFull(old, now)) buckets.delete(other);
    const { bucket, waitMs } = take(buckets.get(id), perSecond, now);
    buckets.set(id, bucket);
    return waitMs;
  };
}
