import type { WatchStore } from '../../src/ports/watch.ts';
import type { MemoryRows } from './memory-retention.ts';

interface Row {
  readonly id: string;
  readonly createdAt: Date;
  readonly version?: number;
  readonly modifiedAt?: Date;
}

/** The WatchStore in memory. */
export function memoryWatch({ deployments, jobs, savepoints, events, deletions }: MemoryRows, now: () => Date): WatchStore {
  const isLive = (deploymentId: string): boolean => deployments.get(deploymentId)?.deletedAt === undefined;
  const among = <T extends Row>(rows: Iterable<T>, ids: readonly string[]): T[] => [...rows].filter(({ id }) => ids.includes(id));
  const rowsOf = {
    deployments: () => deployments.values(),
    jobs: () => jobs.values(),
    savepoints: () => savepoints.values(),
    events: () => events,
  };
  return {
    changesSince(kind, since) {
      const marks = [...(rowsOf[kind]() as Iterable<Row>)].map(({ id, version = 1, createdAt, modifiedAt: at = createdAt }) => ({
        id,
        version,
        at,
        createdAt,
      }));
      const deleted = deletions.filter((deletion) => deletion.kind === kind);
      const all = [...marks.filter(({ id }) => !deleted.some((deletion) => deletion.id === id)), ...deleted];
      return Promise.resolve({ marks: all.filter(({ at }) => at > since).sort((a, b) => a.at.getTime() - b.at.getTime()), now: now() });
    },
    deploymentsByIds: (ids) => Promise.resolve(among(deployments.values(), ids).filter(({ id }) => isLive(id))),
    jobsByIds: (ids) => Promise.resolve(among(jobs.values(), ids).filter(({ deploymentId }) => isLive(deploymentId))),
    savepointsByIds: (ids) =>
      Promise.resolve(
        among(savepoints.values(), ids).filter(({ deploymentId, deletedAt }) => isLive(deploymentId) && deletedAt === undefined),
      ),
    eventsByIds: (ids) => Promise.resolve(among(events, ids).filter(({ deploymentId }) => isLive(deploymentId))),
    forgetDeletions: () => Promise.resolve(0),
  };
}
