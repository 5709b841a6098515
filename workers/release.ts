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
    if (leavesNothing(job)) return { kind: 'none' };
    const cluster = targets.cluster(targetOf(job));
    const known = await cluster.statePaths(flinkJobId(job));
    if (known?.checkpoint !== undefined) return named(job, known.checkpoint);
    const place = await checkpointDirectory(job, cluster);
    if (place === undefined) return { kind: 'none' };
    const found = await targets.storedState(place.directory, place.base, job);
    // A JobManager that took the job over knows no checkpoint of the one before, which nobody may have seen: what is there counts, whatever it knows.
    if (found.kind !== 'found' && known !== undefined && job.checkpointAt === undefined && job.restartBase === 0) return { kind: 'none' };
    if (found.kind === 'none' && job.checkpoints?.lastPath !== undefined && keepsCheckpoints(job)) return missing(job.checkpoints.lastPath);
    if (found.kind !== 'unknown') return found;
    if (!mayHaveRun(job)) return { kind: 'none' };
    return { kind: 'unknown', why: `its last checkpoint cannot be looked for (${found.why}); look under ${place.directory}` };
  };

  async function named(job: Job, path: string): Promise<StoredState> {
    const folder = path.slice(0, path.lastIndexOf('/'));
    const found = await targets.storedState(folder, folder.slice(0, folder.lastIndexOf('/')), job);
    if (found.kind === 'found') return found;
    if (!keepsCheckpoints(job)) return { kind: 'none' };
    return found.kind === 'unknown' ? { kind: 'found', location: path } : missing(path);
  }
}

/** A job that came to its end keeps no checkpoint, one that was stopped none that is newer than its savepoint; one that was never submitted has none. */
const leavesNothing = ({ state, flinkWord, terminateMode, submission }: Job): boolean =>
  state === 'FINISHED' || flinkWord === 'FINISHED' || terminateMode === 'stopped' || submission === 'none';

/** A Job that was never seen in Flink did not run, unless its JobManager was lost, also while it was cancelled: nobody may have looked in time. */
const mayHaveRun = ({ flinkStartedAtMs, failure, missing, fingerprint }: Job): boolean =>
  flinkStartedAtMs !== undefined ||
  failure?.reason === 'JobManagerLost' ||
  failure?.reason === 'EndUnobserved' ||
  (missing !== undefined && missing.fingerprint !== fingerprint);

const keepsCheckpoints = ({ spec }: Job): boolean =>
  spec.flinkConfiguration['execution.checkpointing.externalized-checkpoint-retention'] === 'RETAIN_ON_CANCELLATION';

/** The folder is here, and what Flink has written is not in it: it may be another file system under the same name. */
const missing = (path: string): StoredState => ({
  kind: 'unknown',
  why: `its last checkpoint, ${path}, is not found from here, and Flink was told to keep it`,
});
