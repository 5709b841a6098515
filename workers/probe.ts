import { isDreyError } from '../src/domain/errors.ts';
import { flinkJobId, isAlive, type Job } from '../src/domain/job.ts';
import { judge } from '../src/domain/judge.ts';
import type { Observation } from '../src/domain/observation.ts';
import { isNews, seenOf } from '../src/domain/sighting.ts';
import type { Cluster, ClusterView, ListedJob, Sighting } from '../src/ports.ts';
import { done } from './outcome.ts';
import type { Handler, WorkerParts } from './parts.ts';
import { restartReader } from './restart-reader.ts';

/** Looks at one cluster and judges every Job that was submitted to it. One overview, however many Jobs. */
export type ProbeTarget = (targetId: string) => Promise<void>;

export function probeTargetWith(parts: WorkerParts): ProbeTarget {
  const { store, engine, queue, targets, limits, monotonicMs, log } = parts;
  const readRestarts = restartReader(parts);

  const observe = async (job: Job, cluster: Cluster, view: ClusterView): Promise<Observation> => {
    const id = flinkJobId(job);
    const listed = view.jobs.get(id) ?? (await cluster.find(id));
    if (listed !== undefined) return found(job, listed, cluster, view);
    if (job.submission === 'inDoubt') {
      const application = await cluster.application(id);
      if (application.kind === 'running') return { kind: 'applicationRunning' };
      if (application.kind === 'ended') {
        // Only a look-up that began after the application ended can tell that it left no job; an overview may omit one.
        const later = (await cluster.view()).jobs.get(id) ?? (await cluster.find(id));
        return later === undefined ? { ...application, kind: 'applicationEnded' } : found(job, later, cluster, view);
      }
    }
    return { kind: 'notFound', fingerprint: view.fingerprint, highAvailability: view.highAvailability };
  };

  const found = async (job: Job, listed: ListedJob, cluster: Cluster, view: ClusterView): Promise<Observation> => {
    const { word, tasksReady, progress } = listed;
    if (word === undefined) return { kind: 'unreachable', message: 'Flink names a state that is not known' };
    const cause = word === 'FAILED' ? await cluster.rootCause(listed.id) : undefined;
    const restarts = await readRestarts(job, listed, cluster);
    return {
      kind: 'found',
      fingerprint: view.fingerprint,
      word,
      tasksReady,
      ...(progress === undefined ? {} : { progress }),
      ...(cause === undefined ? {} : { cause }),
      ...(restarts === undefined ? {} : { restarts }),
    };
  };

  /** Transitions one by one through the engine; what only moves the record is returned for the batch. */
  const settle = async (job: Job, observation: Observation, now: Date, ageMs: () => number): Promise<Sighting | undefined> => {
    if (judge(job, observation, now, limits) !== undefined) {
      await engine.jobs.observe(job, observation, ageMs);
      return undefined;
    }
    if (job.state === 'TERMINATING' && observation.kind === 'found' && isAlive(observation.word)) {
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

  return async (targetId) => {
    const { jobs, now } = await store.activeJobs(targetId);
    const submitted = jobs.filter((job) => job.submission !== 'none');
    const [first] = submitted;
    if (first === undefined) return;
    const cluster = targets.cluster(first.spec.deploymentTarget);
    const view = await cluster.view().catch(failedLook);
    const lookAt = async (job: Job): Promise<Look> =>
      'jobs' in view ? observe(job, cluster, view).then((observation) => ({ observation, ageMs: view.ageMs }), failedLook) : view;
    const sightings = await Promise.all(
      submitted.map(async (job) => {
        try {
          const { observation, ageMs } = await lookAt(job);
          return await settle(job, observation, now, ageMs);
        } catch (error) {
          // One Job's trouble is its own: the others of its cluster are recorded all the same.
          log.warn({ error, job: job.id }, 'job not judged, the next look will try again');
          return undefined;
        }
      }),
    );
    const fresh = sightings.filter((sighting) => sighting !== undefined).filter(({ ageMs }) => ageMs() <= limits.observationMaxAgeMs);
    await store.recordSightings(fresh);
  };
}

interface Look {
  readonly observation: Observation;
  readonly ageMs: () => number;
}

export const probeHandler = (probeTarget: ProbeTarget): Handler => ({
  async run({ id }) {
    await probeTarget(id);
    return done;
  },
});

/** The scheduled pass over one shard: its clusters side by side, so that a slow one costs the others nothing. */
export const sweepHandler = ({ store, shards, log }: WorkerParts, probeTarget: ProbeTarget): Handler => ({
  async run({ id }) {
    const targetIds = await store.busyTargets(Number(id), shards);
    await Promise.all(
      targetIds.map((targetId) =>
        probeTarget(targetId).catch((error: unknown) => log.warn({ error, target: targetId }, 'target not probed')),
      ),
    );
    return done;
  },
});
