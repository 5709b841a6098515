import type { Deployment } from '../../src/domain/deployment.ts';
import { dueOfSavepoint, type Due } from '../../src/domain/due.ts';
import { DreyError } from '../../src/domain/errors.ts';
import type { Savepoint } from '../../src/domain/savepoint.ts';

/** The Savepoints of the Store in memory. `isLive`: whether a Deployment is not deleted. */
export function memorySavepoints(now: () => Date, isLive: (deploymentId: string) => boolean) {
  const rows = new Map<string, Savepoint>();
  const postponed = new Map<string, Date>();
  const newestFirst = (a: Savepoint, b: Savepoint): number =>
    (b.stateAt?.getTime() ?? 0) - (a.stateAt?.getTime() ?? 0) || (b.id < a.id ? -1 : 1);

  return {
    rows,
    held({ id, freshSince = new Date(0) }: Deployment): Savepoint[] {
      const own = [...rows.values()].filter((row) => row.deploymentId === id && row.deletedAt === undefined);
      const usable = own.filter(({ state, jobMadeAt }) => state === 'COMPLETED' && jobMadeAt >= freshSince).sort(newestFirst);
      const newest = [usable[0], usable.find(({ origin }) => origin !== 'RETAINED_CHECKPOINT')].filter((row) => row !== undefined);
      return [...new Set([...own.filter(({ state }) => state === 'STARTED'), ...newest])];
    },
    assertFresh(next: Savepoint): void {
      if (rows.get(next.id)?.version !== next.version) throw new DreyError('staleWrite', `Savepoint ${next.id} moved`);
    },
    write(next: Savepoint, at: Date): Savepoint {
      const written = { ...next, version: next.version + 1, modifiedAt: at };
      rows.set(next.id, written);
      postponed.delete(next.id);
      return written;
    },
    due: (): Due[] =>
      [...rows.values()].flatMap((row) => {
        const due = dueOfSavepoint(row);
        return due === undefined ? [] : [{ ...due, at: postponed.get(row.id) ?? due.at }];
      }),
    store: {
      savepoint: (id: string) => {
        const savepoint = rows.get(id);
        return savepoint && { savepoint, now: now() };
      },
      savepoints: (namespace: string, { deploymentId, jobId }: { deploymentId?: string; jobId?: string }) =>
        [...rows.values()]
          .filter((row) => row.namespace === namespace && row.deletedAt === undefined && isLive(row.deploymentId))
          .filter((row) => (deploymentId ?? row.deploymentId) === row.deploymentId && (jobId === undefined || row.jobId === jobId))
          .sort((a, b) => (a.id < b.id ? -1 : 1)),
      savepointVersion: (id: string) => rows.get(id)?.version,
      deleteSavepoint: (id: string) => {
        if (rows.get(id)?.deletedAt !== undefined) rows.delete(id);
      },
      postponeSavepoint: (id: string, ms: number) => void postponed.set(id, new Date(now().getTime() + ms)),
    },
  };
}
