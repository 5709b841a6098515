import { flinkJobId, type JobRecord } from '../src/domain/job.ts';
import { isLost, judge } from '../src/domain/judge.ts';
import type { Observation } from '../src/domain/observation.ts';
import type { Cluster, ClusterView, ListedJob } from '../src/ports/targets.ts';
import { metricsReader } from './metrics-reader.ts';
import type { WorkerParts } from './parts.ts';

/** What one look at a cluster shows of one Job. Rejects where it shows nothing. */
export type Observe = (job: JobRecord, cluster: Cluster, view: ClusterView, now: Date) => Promise<Observation>;

export function observeWith(parts: WorkerParts): Observe {
  const { store, targets, limits } = parts;
  const readMetrics = metricsReader(parts);

  const found = async (job: JobRecord, listed: ListedJob, cluster: Cluster, view: ClusterView, now: Date): Promise<Observation> => {
    const { word, tasksReady, progress, startedAtMs, endpoint = view.endpoint } = listed;
    if (word === undefined) return { kind: 'unreachable', message: `${endpoint}: names a state that is not known` };
    const cause = word === 'FAILED' ? await cluster.rootCause(listed.id) : undefined;
    return {
      kind: 'found',
      endpoint,
      fingerprint: view.fingerprint,
      // A job whose cause is not told yet is judged at a later look: with its end the cause is written down for good.
      word: word === 'FAILED' && cause === undefined ? 'FAILING' : word,
      startedAtMs,
      tasksReady,
      ...(progress === undefined ? {} : { progress }),
      ...(cause === undefined ? {} : { cause }),
      ...(await readMetrics(job, listed, cluster, now)),
    };
  };

  /** Before a job is called lost, the archive of its JobManager is asked, where its target names one. */
  const notFound = async (job: JobRecord, view: ClusterView, now: Date): Promise<Observation> => {
    const { endpoint, fingerprint, highAvailability } = view;
    const observation: Observation = { kind: 'notFound', endpoint, fingerprint, highAvailability };
    if (!isLost(judge(job, observation, now, limits))) return observation;
    const target = await store.targetById(job.targetId);
    const archived = target && (await targets.archived(target, flinkJobId(job)));
    return archived === undefined ? observation : { ...observation, archived };
  };

  return async (job, cluster, view, now) => {
    const id = flinkJobId(job);
    const listed = view.jobs.get(id) ?? (await cluster.find(id));
    if (listed !== undefined) return found(job, listed, cluster, view, now);
    if (job.submission === 'inDoubt') {
      const application = await cluster.application(id);
      if (application.kind === 'running') return { kind: 'applicationRunning' };
      if (application.kind === 'ended') {
        // Only a look-up that began after the application ended can tell that it left no job; an overview may omit one.
        const later = (await cluster.view()).jobs.get(id) ?? (await cluster.find(id));
        return later === undefined ? { ...application, kind: 'applicationEnded' } : found(job, later, cluster, view, now);
      }
    }
    return notFound(job, view, now);
  };
}
