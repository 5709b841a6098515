import type { Deployment } from '../../src/domain/deployment.ts';
import type { Event } from '../../src/domain/event.ts';
import type { FlinkId } from '../../src/domain/flink-id.ts';
import { flinkJobId, isFinal, type Job } from '../../src/domain/job.ts';
import type { ExpiredEvents, ExpiredJob } from '../../src/domain/retention.ts';
import type { Savepoint } from '../../src/domain/savepoint.ts';
import type { DeploymentTarget } from '../../src/domain/target.ts';
import type { Mark, WatchedKind } from '../../src/ports/watch.ts';
import type { RetentionStore } from '../../src/ports/store.ts';

/** What the memory store holds; deleting changes it. */
export interface MemoryRows {
  readonly deployments: Map<string, Deployment>;
  readonly jobs: Map<string, Job>;
  readonly savepoints: Map<string, Savepoint>;
  readonly targets: Map<string, DeploymentTarget & { deleted?: true }>;
  readonly flinkIds: Map<string, FlinkId & { forgetAt?: Date; strayDueAt?: Date }>;
  readonly events: Event[];
  readonly deletions: (Mark & { kind: WatchedKind })[];
}

/** The RetentionStore in memory. */
export function memoryRetention(
  rows: MemoryRows,
  now: () => Date,
  isMadeIn: (namespace: string, row: { createdAt: Date }) => boolean,
): Retention {
  const { deployments, jobs, savepoints, targets, flinkIds, events, deletions } = rows;
  const oldest = (ageMs: number | undefined): number => now().getTime() - (ageMs ?? Infinity);
  const ended = (job: Job): number => job.terminatedAt?.getTime() ?? 0;

  const deleteJobs = (ids: readonly string[], rememberMs: number): number => {
    const final = ids.map((id) => jobs.get(id)).filter((job) => job !== undefined && isFinal(job.state));
    for (const job of final as Job[]) {
      jobs.delete(job.id);
      const { namespace, deploymentId, version } = job;
      if (isMadeIn(namespace, job))
        deletions.push({ kind: 'jobs', id: job.id, version, at: now(), createdAt: now(), deleted: { namespace, deploymentId } });
      const id = flinkJobId(job);
      const known = flinkIds.get(id);
      if (known !== undefined) flinkIds.set(id, { ...known, forgetAt: new Date(now().getTime() + rememberMs) });
    }
    return final.length;
  };
  const deleteEvents = (deploymentId: string, upTo: number, most: number): number => {
    const doomed = events.filter((event) => event.deploymentId === deploymentId && event.number <= upTo).slice(0, most);
    for (const event of doomed) events.splice(events.indexOf(event), 1);
    return doomed.length;
  };

  return {
    expiredJobs({ keepJobs = Infinity, jobsMaxAgeMs }, most) {
      const open = new Set([...savepoints.values()].filter(({ state }) => state === 'STARTED').map(({ jobId }) => jobId));
      const all = [...jobs.values()]
        .filter(({ id, state, releasedAt }) => isFinal(state) && releasedAt !== undefined && !open.has(id))
        .sort((a, b) => ended(a) - ended(b) || (a.id < b.id ? -1 : 1));
      const newer = (job: Job): number =>
        all
          .filter((other) => other.deploymentId === job.deploymentId)
          .reverse()
          .indexOf(job);
      const reasonOf = (job: Job): ExpiredJob['reason'] | undefined =>
        newer(job) >= keepJobs ? 'NUMBER' : ended(job) < oldest(jobsMaxAgeMs) ? 'AGE' : undefined;
      return all
        .flatMap((job) => {
          const { id, namespace, deploymentId, deploymentName, state, terminatedAt = now() } = job;
          const reason = reasonOf(job);
          return reason === undefined ? [] : [{ id, namespace, deploymentId, deploymentName, state, terminatedAt, reason }];
        })
        .slice(0, most);
    },
    deleteJobs,
    expiredEvents({ keepEvents = Infinity, eventsMaxAgeMs }, most) {
      return [...deployments.values()]
        .flatMap(({ id, name, namespace }): ExpiredEvents[] => {
          const own = events.filter(({ deploymentId }) => deploymentId === id);
          const last = own.at(-1)?.number ?? 0;
          const expired = own.filter(
            ({ number, createdAt }) => number <= last - keepEvents || createdAt.getTime() < oldest(eventsMaxAgeMs),
          );
          const upTo = expired.at(-1)?.number;
          return upTo === undefined ? [] : [{ deploymentId: id, deploymentName: name, namespace, upTo, count: expired.length }];
        })
        .slice(0, most);
    },
    deleteEvents,
    purgeDeployment(id, most, rememberMs) {
      if (deployments.get(id)?.deletedAt === undefined) return false;
      const all = [...jobs.values()].filter(({ deploymentId }) => deploymentId === id);
      const own = all.filter(({ sql }) => sql === undefined).map((job) => job.id);
      if (deleteJobs(own.slice(0, most), rememberMs) > 0) return true;
      if (own.length < all.length) return false;
      if (deleteEvents(id, Infinity, most) > 0) return true;
      deployments.delete(id);
      return false;
    },
    forgetFlinkIds(most) {
      const over = [...flinkIds.values()].filter(({ forgetAt, straySince }) => forgetAt !== undefined && forgetAt <= now() && !straySince);
      for (const { flinkId } of over.slice(0, most)) flinkIds.delete(flinkId);
      const used = (id: string): boolean => [...flinkIds.values()].some(({ targetId }) => targetId === id);
      for (const { id, deleted } of targets.values()) if (deleted && !used(id)) targets.delete(id);
      return Math.min(over.length, most);
    },
  };
}

/** The operations without their promises. */
export type Retention = { [K in keyof RetentionStore]: (...args: Parameters<RetentionStore[K]>) => Awaited<ReturnType<RetentionStore[K]>> };
