import { flinkJobId, targetOf, type Job } from '../src/domain/job.ts';
import type { StoredState } from '../src/domain/savepoint-sight.ts';
import { checkpointDirectory } from './directories.ts';
import type { WorkerParts } from './parts.ts';

/**
 * Looks for the checkpoint that an ended Job left behind: the path that Flink names, where it still knows the job; else the newest in the job's
 * directory. Whether the files are there is seen in either case, as far as they can be looked at from here: Flink keeps or deletes them by configuration.
 * Rejects where the cluster would have to be asked and cannot.
 */
export function leftBehindWith({ targets }: Pick<WorkerParts, 'targets'>) {
  return async (job: Job): Promise<StoredState> => {
    const cluster = targets.cluster(targetOf(job));
    const known = await cluster.statePaths(flinkJobId(job));
    if (known?.checkpoint !== undefined) return named(job, known.checkpoint);
    // A JobManager that took the job over knows no checkpoint of the one before.
    if (known !== undefined && job.checkpointAt === undefined && job.restartBase === 0) return { kind: 'none' };
    const place = await checkpointDirectory(job, cluster);
    if (place === undefined) return { kind: 'none' };
    const found = await targets.storedState(place.directory, place.base, job);
    if (found.kind !== 'unknown') return found;
    // A Job of which nothing was ever seen to run has made no checkpoint.
    if (job.startedAt === undefined && job.checkpointAt === undefined) return { kind: 'none' };
    return { kind: 'unknown', why: `its last checkpoint cannot be looked for (${found.why}); look under ${place.directory}` };
  };

  async function named(job: Job, path: string): Promise<StoredState> {
    const folder = path.slice(0, path.lastIndexOf('/'));
    const found = await targets.storedState(folder, folder.slice(0, folder.lastIndexOf('/')), job);
    if (found.kind !== 'unknown') return found;
    const retention = job.spec.flinkConfiguration['execution.checkpointing.externalized-checkpoint-retention'];
    return retention === 'RETAIN_ON_CANCELLATION' ? { kind: 'found', location: path } : { kind: 'none' };
  }
}
