import { dueOf, dueOfDeployment, dueOfSavepoint, type Command } from '../domain/due.ts';
import { heldJob, type Job } from '../domain/job.ts';
import type { Limits } from '../domain/limits.ts';
import type { Listener } from '../ports/listener.ts';
import type { Log } from '../ports/log.ts';
import type { CommandQueue } from '../ports/queue.ts';
import type { Change, Held, Store } from '../ports/store.ts';
import { settle } from './advance.ts';
import { changeOf, draftOf, type Draft } from './draft.ts';

// INVARIANTS
// 1. Rows first, queue after: a command is only woken when what it will read is committed.
// 2. A queue that is away loses nothing: every due row is found again by `repair`.
// 3. A decision is pure, so it may run again after a deadlock or a stale write.

export interface EngineParts {
  readonly store: Store;
  readonly queue: CommandQueue;
  readonly limits: Limits;
  readonly newId: () => string;
  readonly listener: Listener;
  readonly log: Log;
}

/** Changes a draft in place; false: nothing is to be written. */
type Decision = (draft: Draft) => boolean;

/** Locks, decides, plans, writes; then wakes what became due. Resolves with what was written, or undefined. */
export type Commit = (deploymentId: string, decide: Decision) => Promise<Change | undefined>;

/** What a decision and the plan after it leave behind; undefined: nothing is to be written. Pure. */
export const decisionOf =
  ({ limits, newId }: Pick<EngineParts, 'limits' | 'newId'>, decide: Decision) =>
  (held: Held, now: Date): Change | undefined => {
    const draft = draftOf(held, now);
    if (!decide(draft)) return undefined;
    if (draft.deployment.deletedAt === undefined) settle(draft, newId, limits);
    return unchanged(held, draft) ? undefined : changeOf(draft);
  };

export function commitWith(parts: EngineParts): Commit {
  const { store, queue, log, listener } = parts;
  return async (deploymentId, decide) => {
    let before: Held | undefined;
    let decidedAt = new Date(0);
    const decision = decisionOf(parts, decide);
    const change = await store.change(deploymentId, (held, now) => {
      before = held;
      decidedAt = now;
      return decision(held, now);
    });
    if (change === undefined || before === undefined) return undefined;
    logTransitions(log, before, change);
    tellTransitions(listener, before, change);
    for (const { command, delayMs } of newlyDue(before, change, decidedAt)) {
      await queue.wake(command, delayMs).catch((error: unknown) => {
        log.warn({ command, error }, 'queue unreachable, repair will enqueue the command');
      });
    }
    return change;
  };
}

const unchanged = (held: Held, draft: Draft): boolean =>
  draft.deployment === held.deployment &&
  draft.written.size === 0 &&
  draft.writtenSavepoints.size === 0 &&
  draft.events.length === 0 &&
  draft.strays.length === 0;

/** What this change made due: a Job that needs another kind of command than before, a Deployment with a new timer. */
function newlyDue(
  before: Held,
  { deployment, jobs, savepoints = [], newSavepoints = [] }: Change,
  now: Date,
): { command: Command; delayMs: number }[] {
  const delayTo = (at: Date): number => Math.max(0, at.getTime() - now.getTime());
  const due = jobs.flatMap((job) => {
    const next = dueOf(job);
    const held = heldJob(before, job.id);
    const previous = held && dueOf(held);
    const isSame = next?.command.kind === previous?.command.kind && held?.state === job.state;
    return next === undefined || isSame ? [] : [{ command: next.command, delayMs: delayTo(next.at) }];
  });
  // Of those that are known, only the deletion is new work.
  for (const savepoint of [...newSavepoints, ...savepoints.filter(({ deletedAt }) => deletedAt !== undefined)]) {
    const next = dueOfSavepoint(savepoint);
    if (next !== undefined) due.push({ command: next.command, delayMs: delayTo(next.at) });
  }
  const next = dueOfDeployment(deployment);
  if (next !== undefined && next.at.getTime() !== dueOfDeployment(before.deployment)?.at.getTime()) {
    due.push({ command: next.command, delayMs: delayTo(next.at) });
  }
  return due;
}

function logTransitions(log: Log, before: Held, { deployment, jobs }: Change): void {
  const from = (job: Job): string => heldJob(before, job.id)?.state ?? 'none';
  for (const job of jobs) {
    if (from(job) !== job.state)
      log.info({ job: job.id, deployment: deployment.name, from: from(job), to: job.state, failure: job.failure }, 'job');
  }
  if (before.deployment.state !== deployment.state) {
    log.info({ deployment: deployment.name, id: deployment.id, from: before.deployment.state, to: deployment.state }, 'deployment');
  }
}

function tellTransitions(listener: Pick<Listener, 'jobMoved'>, before: Held, { jobs }: Change): void {
  for (const job of jobs) {
    const previous = heldJob(before, job.id);
    if (previous === undefined) listener.jobMoved('NONE', job.state, 0);
    else if (previous.state !== job.state)
      listener.jobMoved(previous.state, job.state, job.modifiedAt.getTime() - previous.transitionAt.getTime());
  }
}
