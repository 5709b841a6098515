import type { Deployment } from '../domain/deployment.ts';
import type { NewEvent } from '../domain/event.ts';
import { transition, type JobEvent } from '../domain/job-machine.ts';
import { isFinal, isUnreleased, type Evidence, type Job } from '../domain/job.ts';
import { narrateJob, narrateNewSavepoint, narrateSavepoint } from '../domain/narration.ts';
import { rememberEnd, rememberStop } from '../domain/outcome.ts';
import { transitionSavepoint, type SavepointEvent } from '../domain/savepoint-machine.ts';
import type { Savepoint } from '../domain/savepoint.ts';
import type { DeploymentTarget } from '../domain/target.ts';
import type { Change, Held } from '../ports/store.ts';

/** What a decision has come to so far: local to one run of a `decide`, so it may be changed in place. */
export interface Draft {
  deployment: Deployment;
  /** The active Job. */
  job: Job | undefined;
  /** Ended Jobs that may have left state behind. */
  unreleased: readonly Job[];
  savepoints: readonly Savepoint[];
  target: DeploymentTarget | undefined;
  readonly now: Date;
  readonly written: Map<string, Job>;
  readonly writtenSavepoints: Map<string, Savepoint>;
  readonly newSavepoints: Savepoint[];
  readonly events: NewEvent[];
  readonly strays: string[];
}

export const draftOf = (held: Held, now: Date): Draft => ({
  ...held,
  now,
  written: new Map(),
  writtenSavepoints: new Map(),
  newSavepoints: [],
  events: [],
  strays: [],
});

export const changeOf = (draft: Draft): Change => ({
  deployment: draft.deployment,
  jobs: [...draft.written.values()],
  savepoints: [...draft.writtenSavepoints.values()],
  newSavepoints: draft.newSavepoints,
  events: draft.events,
  strays: draft.strays,
});

/** Moves the active Job, or an unreleased one, by one event, tells of it, and lets the Deployment remember the end of a Job. `evidence`: what was seen. */
export function applyToJob(draft: Draft, job: Job, event: JobEvent, evidence?: Evidence): Job {
  const after = transition(job, event, draft.now, evidence);
  draft.written.set(after.id, after);
  draft.events.push(...narrateJob(event, after));
  const others = draft.unreleased.filter(({ id }) => id !== after.id);
  draft.unreleased = isUnreleased(after) ? [...others, after] : others;
  if (isFinal(job.state)) return after;
  draft.job = isFinal(after.state) ? undefined : after;
  if (isFinal(after.state)) draft.deployment = rememberEnd(draft.deployment, after, draft.now);
  return after;
}

/** Adds a new Savepoint. */
export function addSavepoint(draft: Draft, savepoint: Savepoint): void {
  draft.savepoints = [...draft.savepoints, savepoint];
  draft.newSavepoints.push(savepoint);
  draft.events.push(...narrateNewSavepoint(savepoint));
}

/** Moves a Savepoint by one event, tells of it, and lets the Deployment remember what became of a stop. */
export function applyToSavepoint(draft: Draft, savepoint: Savepoint, event: SavepointEvent, evidence?: Evidence): void {
  const after = transitionSavepoint(savepoint, event, draft.now, evidence);
  draft.savepoints = draft.savepoints.map((one) => (one.id === after.id ? after : one));
  draft.writtenSavepoints.set(after.id, after);
  draft.events.push(...narrateSavepoint(event, after));
  draft.deployment = rememberStop(draft.deployment, after, draft.now);
}
