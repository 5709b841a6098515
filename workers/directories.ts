import { flinkJobId, type Job } from '../src/domain/job.ts';
import type { Savepoint } from '../src/domain/savepoint.ts';
import { CHECKPOINT_OPTIONS, firstSet, SAVEPOINT_OPTIONS } from '../src/domain/state-options.ts';
import type { Cluster } from '../src/ports/targets.ts';

// Where Flink puts the state of a job: by the job's own configuration, else by its cluster's.

const configured = ({ spec }: Job, options: readonly string[]): string | undefined =>
  firstSet(options, (option) => spec.flinkConfiguration[option]);

/** A Savepoint's own directory, `<base>/<namespace>/<deployment>/<savepoint id>`; undefined: there is no base. */
export async function savepointDirectory(savepoint: Savepoint, job: Job, cluster: Cluster): Promise<string | undefined> {
  const base = configured(job, SAVEPOINT_OPTIONS) ?? (await cluster.savepointDirectory());
  if (base === undefined) return undefined;
  return [base.replace(/\/+$/, ''), job.namespace, job.deploymentName, savepoint.id].join('/');
}

/** The base that such a directory was made of. */
export const savepointBase = (directory: string): string => directory.split('/').slice(0, -3).join('/');

/** Where a job's checkpoints lie, `<base>/<Flink job id>`; undefined: there is no base, so a JobManager that is gone took them with it. */
export async function checkpointDirectory(job: Job, cluster: Cluster): Promise<{ directory: string; base: string } | undefined> {
  const id = flinkJobId(job);
  const known = job.checkpoints?.lastPath;
  const at = known?.lastIndexOf(`/${id}/`) ?? -1;
  const base =
    known !== undefined && at > 0 ? known.slice(0, at) : (configured(job, CHECKPOINT_OPTIONS) ?? (await cluster.checkpointDirectory()));
  return base === undefined ? undefined : { directory: `${base.replace(/\/+$/, '')}/${id}`, base };
}
