import type { Deployment } from '../domain/deployment.ts';
import type { NewEvent } from '../domain/event.ts';
import { transition, type JobEvent } from '../domain/job-machine.ts';
import { isFinal, type Evidence, type Job } from '../domain/job.ts';
import { narrateJob } from '../domain/narration.ts';
import { rememberEnd } from '../domain/outcome.ts';
import type { DeploymentTarget } from '../domain/target.ts';
import type { Change, Held } from '../ports/store.ts';

/** What a decision has come to so far: local to one run of a `decide`, so it may be changed in place. */
export interface Draft {
  deployment: Deployment;
  /** The active Job. */
  job: Job | undefined;
  target: DeploymentTarget | undefined;
  readonly now: Date;
  readonly written: Map<string, Job>;
  readonly events: NewEvent[];
  readonly strays: string[];
}

export const draftOf = (held: Held, now: Date): Draft => ({ ...held, now, written: new Map(), events: [], strays: [] });

export const changeOf = (draft: Draft): Change => ({
  deployment: draft.deployment,
  jobs: [...draft.written.values()],
  events: draft.events,
  strays: draft.strays,
});

/** Moves the active Job by one event, tells of it, and lets the Deployment remember the end of a Job. `evidence`: what was seen. */
export function applyToJob(draft: Draft, job: Job, event: JobEvent, evidence?: Evidence): void {
  const after = transition(job, event, draft.now, evidence);
  draft.written.set(after.id, after);
  draft.events.push(...narrateJob(event, after));
  draft.job = isFinal(after.state) ? undefined : after;
  if (isFinal(after.state)) draft.deployment = rememberEnd(draft.deployment, after, draft.now);
}
