import type { WorkerParts } from './parts.ts';

/** How the command of a Job is set aside (`Handler.setAside`). */
export const jobSetAside =
  ({ store, engine }: Pick<WorkerParts, 'store' | 'engine'>) =>
  async (id: string, reason: string): Promise<void> => {
    const row = await store.job(id);
    if (row !== undefined) await engine.jobs.setAside(row.job, reason);
  };
