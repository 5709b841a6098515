import { isFinal } from '../domain/job.ts';
import { isAbsent, type Server } from './server.ts';
import type { DeploymentView, JobView, SavepointView } from './wire.ts';

/** What a Deployment made last. */
export interface Latest {
  /** Its active Job, if it has one. */
  readonly job?: JobView | undefined;
  readonly savepoint?: SavepointView | undefined;
}

export async function latestOf(server: Server, deployment: DeploymentView): Promise<Latest> {
  const [job, savepoints] = await Promise.all([
    newestJob(server, deployment),
    savepointsOf(server, { deploymentId: deployment.metadata.id }),
  ]);
  return { job, savepoint: savepoints.at(-1) };
}

/** The Job that a Deployment made last. Ids grow with time, and the list is in their order. */
export async function newestJob(server: Server, { metadata }: DeploymentView): Promise<JobView | undefined> {
  return (await server.list<JobView>('/jobs', { deploymentId: metadata.id })).body.items.at(-1);
}

/** Oldest first. None where the server is of a release that has no Savepoints. */
export async function savepointsOf(server: Server, of: { deploymentId?: string; jobId?: string }): Promise<readonly SavepointView[]> {
  const found = await server.list<SavepointView>('/savepoints', of).catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  return found?.body.items ?? [];
}

/** What is going on with a Job, in words. */
export function jobStep({ metadata, status }: JobView): string {
  const waits = status.starting === undefined ? '' : `, waits for ${status.starting.waitingFor}`;
  return `Job ${metadata.id} is ${status.state}${waits}`;
}

/** What is going on with a Savepoint, in words. */
export const savepointStep = ({ metadata, status }: SavepointView): string => `Savepoint ${metadata.id} is ${status.state}`;

/** What is going on with a Deployment, in words. */
export function deploymentStep({ metadata, status }: DeploymentView, { job, savepoint }: Latest): string {
  const is = `deployment/${metadata.name} is ${status.state}`;
  if (job === undefined || isFinal(job.status.state)) return `${is}${dueStep(status.due)}`;
  const isOpen = savepoint !== undefined && savepoint.metadata.jobId === job.metadata.id && savepoint.status.state !== 'COMPLETED';
  return `${is}; ${jobStep(job)}${isOpen ? `; ${savepointStep(savepoint)}${causeOf(savepoint)}` : ''}`;
}

const dueStep = (due: DeploymentView['status']['due']): string => (due === undefined ? '' : `; ${due.command} is due at ${due.at}`);

/** Why a Deployment is FAILED, or what it made last, to be put behind a sentence. */
export function failureOf({ job, savepoint }: Latest, deployment?: DeploymentView): string {
  if (deployment?.status.failure !== undefined) return `; ${reasonOf(deployment.status.failure)}`;
  if (job?.status.failure !== undefined) return `; Job ${job.metadata.id}${causeOf(job)}`;
  return savepoint?.status.failure === undefined ? '' : `; Savepoint ${savepoint.metadata.id}${causeOf(savepoint)}`;
}

/** The failure that a resource tells, to be put behind its name. */
export const causeOf = ({ status: { failure } }: JobView | SavepointView): string =>
  failure === undefined ? '' : `: ${reasonOf(failure)}`;

const reasonOf = ({ reason, message }: { readonly reason: string; readonly message: string }): string => `${reason}: ${message}`;
