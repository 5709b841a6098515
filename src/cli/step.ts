import { isFinal } from '../domain/job.ts';
import type { Server } from './server.ts';
import type { DeploymentView, JobView } from './wire.ts';

/** The Job that a Deployment made last: its active one, if it has one. Ids grow with time, and the list is in their order. */
export async function newestJob(server: Server, { metadata }: DeploymentView): Promise<JobView | undefined> {
  return (await server.list<JobView>('/jobs', { deploymentId: metadata.id })).body.items.at(-1);
}

/** What is going on with a Job, in words. */
export function jobStep({ metadata, status }: JobView): string {
  const waits = status.starting === undefined ? '' : `, waits for ${status.starting.waitingFor}`;
  return `Job ${metadata.id} is ${status.state}${waits}`;
}

/** What is going on with a Deployment, in words. */
export function deploymentStep({ metadata, status }: DeploymentView, job: JobView | undefined): string {
  const work = job === undefined || isFinal(job.status.state) ? dueStep(status.due) : `; ${jobStep(job)}`;
  return `deployment/${metadata.name} is ${status.state}${work}`;
}

const dueStep = (due: DeploymentView['status']['due']): string => (due === undefined ? '' : `; ${due.command} is due at ${due.at}`);

/** Why a Job failed, to be put behind a sentence. */
export const failureOf = (job: JobView | undefined): string =>
  job?.status.failure === undefined ? '' : `; Job ${job.metadata.id}: ${job.status.failure.reason}: ${job.status.failure.message}`;
