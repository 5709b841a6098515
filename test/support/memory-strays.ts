import type { Store } from '../../src/ports/store.ts';
import { later } from './memory-declarations.ts';
import type { MemoryRows } from './memory-retention.ts';

type StrayStore = Pick<Store, 'flinkIds' | 'straysOf' | 'markStray' | 'clearStrays' | 'postponeStray' | 'strayTargets' | 'noteForeign'>;

/** The strays of the Store in memory. `isMadeIn`: whether a row is of the namespace that has this name now. */
export function memoryStrays(
  { flinkIds, targets }: Pick<MemoryRows, 'flinkIds' | 'targets'>,
  now: () => Date,
  isMadeIn: (namespace: string, row: { createdAt: Date }) => boolean,
) {
  const markStray = (flinkId: string): boolean => {
    const known = flinkIds.get(flinkId);
    if (known === undefined || known.straySince !== undefined) return false;
    flinkIds.set(flinkId, { ...known, straySince: now(), strayDueAt: now() });
    return true;
  };
  const store: StrayStore = {
    flinkIds: later((ids) => ids.flatMap((id) => flinkIds.get(id) ?? [])),
    straysOf: later((targetId) => [...flinkIds.values()].filter((row) => row.targetId === targetId && row.straySince !== undefined)),
    markStray: later(markStray),
    clearStrays: later((ids, ageMs) => {
      const began = now().getTime() - ageMs;
      const over = ids
        .flatMap((id) => flinkIds.get(id) ?? [])
        .filter(({ straySince }) => straySince !== undefined && straySince.getTime() <= began);
      for (const { straySince, strayDueAt, ...rest } of over) flinkIds.set(rest.flinkId, rest);
      return over.length;
    }),
    postponeStray: later((id, ms) => {
      const known = flinkIds.get(id);
      if (known?.straySince !== undefined) flinkIds.set(id, { ...known, strayDueAt: new Date(now().getTime() + ms) });
    }),
    strayTargets: later((namespace) => {
      const strays = new Set([...flinkIds.values()].filter(({ straySince }) => straySince !== undefined).map(({ targetId }) => targetId));
      return [...targets.values()].filter(
        (target) => target.namespace === namespace && strays.has(target.id) && isMadeIn(namespace, target),
      );
    }),
    noteForeign: later(() => undefined),
  };
  return { store, markStray };
}
