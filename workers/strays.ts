import { isAlive } from '../src/domain/job.ts';
import type { TargetReference } from '../src/domain/target.ts';
import type { FlinkId } from '../src/domain/flink-id.ts';
import type { Cluster, ClusterView } from '../src/ports/targets.ts';
import type { WorkerParts } from './parts.ts';

/** A count that did not change is noted again after this. */
const NOTE_AGAIN_MS = 60_000;

/**
 * Finds the Flink jobs of a cluster that live without a Job: ours, whose Jobs had ended before the look began, are recorded and cancelled;
 * those that Drey never made are counted and never touched.
 */
export function strayFinder({ store, engine, monotonicMs }: Pick<WorkerParts, 'store' | 'engine' | 'monotonicMs'>) {
  // How many jobs of others this daemon noted last, and when, by target. Another daemon may have noted something else meanwhile.
  const noted = new Map<string, { readonly foreign: number; readonly atMs: number }>();

  return async (target: TargetReference, cluster: Cluster, view: ClusterView, watched: ReadonlySet<string>): Promise<void> => {
    const unwatched = [...view.jobs.values()].filter(({ id, word }) => !watched.has(id) && word !== undefined && isAlive(word));
    const alive = new Set(unwatched.map(({ id }) => id));
    const known = alive.size === 0 ? [] : await store.flinkIds([...alive]);
    for (const id of known) await engine.strays.found(id, view.ageMs);
    const lookBegan = monotonicMs();
    const over: FlinkId[] = [];
    for (const stray of await store.straysOf(target.id)) {
      // An overview may leave a job out: only a look-up by its id tells that it does not live any more.
      if (!alive.has(stray.flinkId) && !(await lives(cluster, stray))) over.push(stray);
    }
    await engine.strays.over(over, monotonicMs() - lookBegan);
    const foreign = alive.size - known.length;
    const last = noted.get(target.id);
    if (last?.foreign !== foreign || monotonicMs() - last.atMs >= NOTE_AGAIN_MS) {
      await store.noteForeign(target.id, foreign);
      noted.set(target.id, { foreign, atMs: monotonicMs() });
    }
  };
}

async function lives(cluster: Cluster, { flinkId }: FlinkId): Promise<boolean> {
  const found = await cluster.find(flinkId);
  return found !== undefined && (found.word === undefined || isAlive(found.word));
}
