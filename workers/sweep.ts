import { shardOf } from '../src/domain/regime.ts';
import { done } from './outcome.ts';
import type { Handler, WorkerParts } from './parts.ts';
import type { ProbeTarget } from './probe.ts';

/** The scheduled pass over one shard: its clusters side by side, so that a slow one costs the others nothing. */
export const sweepHandler = ({ store, monotonicMs, listener, log }: WorkerParts, probeTarget: ProbeTarget): Handler => ({
  async run({ id }, lagMs) {
    const began = monotonicMs();
    const { shard, shards } = shardOf(id);
    const targets = await store.busyTargets(shard, shards);
    await Promise.all(
      targets.map((target) => probeTarget(target).catch((error: unknown) => log.warn({ error, target: target.id }, 'target not probed'))),
    );
    listener.swept(monotonicMs() - began, lagMs);
    return done;
  },
});
