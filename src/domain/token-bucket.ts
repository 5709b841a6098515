/** How many requests are saved up at most, in seconds of the rate. */
const SAVED_SECONDS = 10;

/** What is left of a rate: `tokens` requests at `atMs`. */
export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/**
 * Takes one request out of a bucket that fills with `perSecond` up to ten seconds' worth; undefined: a full one. When there is none left,
 * `waitMs` says when there will be one.
 */
export function take(bucket: Bucket | undefined, perSecond: number, nowMs: number): { readonly bucket: Bucket; readonly waitMs: number } {
  const full = perSecond * SAVED_SECONDS;
  const tokens = bucket === undefined ? full : Math.min(full, bucket.tokens + ((nowMs - bucket.atMs) * perSecond) / 1000);
  if (tokens < 1) return { bucket: { tokens, atMs: nowMs }, waitMs: ((1 - tokens) * 1000) / perSecond };
  return { bucket: { tokens: tokens - 1, atMs: nowMs }, waitMs: 0 };
}

/** A bucket that was left alone for so long is full again: it may be forgotten. */
export const isFull = ({ atMs }: Bucket, nowMs: number): boolean => nowMs - atMs >= SAVED_SECONDS * 1000;
