/** The wait before try number `n + 1` after `n` failures: `firstMs`, doubling, never above `mostMs`. No failure, no wait. */
export function backoff(failures: number, firstMs: number, mostMs: number): number {
  return failures < 1 ? 0 : Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30));
}
