import { isFinal, isUnreleased } from '../src/domain/job.ts';
import type { WorkerParts } from './parts.ts';

/** How the command of a Job, or of a stray that outlived its Job, is set aside (`Handler.setAside`). */
export const jobSetAside =
  ({ store, engine }: Pick<WorkerParts, 'store' | 'engine'>) =>
  async (id: string, reason: string): Promise<void> => {
    const row = await store.job(id);
    if (row === undefined || (isFinal(row.job.state) && !isUnreleased(row.job))) await engine.strays.setAside(id);
    else await engine.jobs.setAside(row.job, reason);
  };
