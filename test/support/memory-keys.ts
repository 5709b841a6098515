import type { Claim, KeyStore } from '../../src/ports/idempotency.ts';

/** The KeyStore in memory. */
export function memoryKeys(now: () => Date): KeyStore {
  const rows = new Map<string, { request: string; resourceId: string; location?: string; claimedUntil: number; expiresAt: number }>();
  const expired = (): string[] => [...rows].filter(([, row]) => row.expiresAt <= now().getTime()).map(([key]) => key);
  const claim = (key: string, request: string, newId: string): Claim => {
    for (const over of expired()) rows.delete(over);
    const [row, at] = [rows.get(key), now().getTime()];
    const { resourceId = newId } = row ?? {};
    if (row !== undefined && row.request !== request) return { kind: 'otherRequest' };
    if (row?.location !== undefined) return { kind: 'done', location: row.location };
    if (row !== undefined && row.claimedUntil > at) return { kind: 'underWay' };
    rows.set(key, { expiresAt: at + 24 * 3_600_000, ...row, request, resourceId, claimedUntil: at + 30_000 });
    return { kind: 'mine', resourceId, isResumed: row !== undefined };
  };
  const change = (key: string, columns: { location?: string; claimedUntil?: number }): Promise<void> => {
    const row = rows.get(key);
    if (row !== undefined && (row.location === undefined || columns.location !== undefined)) rows.set(key, { ...row, ...columns });
    return Promise.resolve();
  };
  return {
    claimKey: ({ key, request, resourceId }) => Promise.resolve(claim(key, request, resourceId)),
    settleKey: (key, location) => change(key, { location }),
    dropKey: (key) => Promise.resolve(rows.get(key)?.location === undefined ? void rows.delete(key) : undefined),
    yieldKey: (key) => change(key, { claimedUntil: now().getTime() }),
    forgetKeys(most) {
      const over = expired().slice(0, most);
      for (const key of over) rows.delete(key);
      return Promise.resolve(over.length);
    },
  };
}
