import { isDreyError } from '../src/domain/errors.ts';
import { flinkJobId, isAlive, type JobRecord } from '../src/domain/job.ts';
import { judge } from '../src/domain/judge.ts';
import type { Observation } from '../src/domain/observation.ts';
import { isNews, seenOf } from '../src/domain/sighting.ts';
import type { TargetReference } from '../src/domain/target.ts';
import type { Sighting } from '../src/ports/store.ts';
import type { Observe } from './observe.ts';
import { done } from './outcome.ts';
import type { Handler, WorkerParts } from './parts.ts';
import { strayFinder } from './strays.ts';

/** Looks at one cluster and judges every Job that was submitted to it. One overview, however many Jobs. */
export type ProbeTarget = (target: TargetReference) => Promise<void>;

interface Look {
  readonly observation: Observation;
  readonly ageMs: () => number;
}

export function probeTargetWith(parts: WorkerParts, observe: Observe): ProbeTarget {
  const { store, engine, queue, targets, limits, monotonicMs, listener, log } = parts;
  const findStrays = strayFinder(parts);

  /** Transitions one by one through the engine; what only moves the record is returned for the batch. */
  const settle = async (job: JobRecord, { observation, ageMs }: Look, now: Date): Promise<Sighting | undefined> => {
    if (judge(job, observation, now, limits) !== undefined) {
      await engine.jobs.observe(job, observation, ageMs);
      return undefined;
    }
    if (job.state === 'TERMINATING' && job.setAside === undefined && observation.kind === 'found' && isAlive(observation.word)) {
      await queue.ensure({ kind: 'terminate', id: job.id }).catch((error: unknown) => log.debug({ error }, 'repair will wake terminate'));
    }
    const seen = seenOf(job, observation, now);
    return seen.isLook || isNews(job, seen) ? { job, seen, ageMs } : undefined;
  };

  /** A look that failed speaks of the moment at which it failed. */
  const failedLook = (error: unknown): Look => {
    if (!isDreyError(error)) throw error;
    const failedAt = monotonicMs();
    return { observation: { kind: 'unreachable', message: error.message }, ageMs: () => monotonicMs() - failedAt };
  };

  return async (target) => {
    const { jobs, now } = await store.watchedJobs(target.id);
    const cluster = targets.cluster(target);
    const view = await cluster.view().catch(failedLook);
    const lookAt = async (job: JobRecord): Promise<Look> =>
      'jobs' in view ? observe(job, cluster, view, now).then((observation) => ({ observation, ageMs: view.ageMs }), failedLook) : view;
    const sightings = await Promise.all(
      jobs.map(async (job) => {
        try {
          return await settle(job, await lookAt(job), now);
        } catch (error) {
          // One Job's trouble is its own: the others of its cluster are recorded all the same.
          log.warn({ error, job: job.id }, 'job not judged, the next look will try again');
          return undefined;
        }
      }),
    );
    const fresh = sightings.filter((sighting) => sighting !== undefined).filter(({ ageMs }) => ageMs() <= limits.observationMaxAgeMs);
    if (fresh.length > 0) await store.recordSightings(fresh);
    listener.observed(fresh.filter(({ seen }) => seen.isLook).map(({ ageMs }) => ageMs()));
    if ('jobs' in view) await findStrays(target, cluster, view, new Set(jobs.map(flinkJobId)));
  };
}

export const probeHandler = ({ store }: WorkerParts, probeTarget: ProbeTarget): Handler => ({
  async run({ id }) {
    const target = await store.targetById(id);
    if (target !== undefined) await probeTarget(target);
    return done;
  },
});
