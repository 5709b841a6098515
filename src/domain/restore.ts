import type { Deployment } from './deployment.ts';
import { parseDuration } from './duration.ts';
import { isSnapshot, type Savepoint, type Snapshot } from './savepoint.ts';

/** What a Deployment's next Job starts from. */
export type Restore =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'from'; readonly snapshot: Snapshot }
  /** The newest allowed state is older than the user allows. */
  | { readonly kind: 'tooOld'; readonly snapshot: Snapshot };

/** True where the next Job may have to start from state, so that what the last one left behind must be known first. */
export const wantsState = ({ spec, keepsState }: Deployment): boolean => keepsState === true || spec.restoreStrategy.kind !== 'NONE';

/** The newest state that the Deployment's strategy allows; within a STATEFUL upgrade the newest there is. Pure. */
export function restoreFor(deployment: Deployment, savepoints: readonly Savepoint[], now: Date): Restore {
  const snapshot = savepoints
    .filter((savepoint): savepoint is Snapshot => isSnapshot(savepoint) && mayStartFrom(deployment, savepoint))
    .toSorted(newestFirst)[0];
  if (snapshot === undefined) return { kind: 'fresh' };
  const { maxStateAge } = deployment.spec.restoreStrategy;
  const ageMs = now.getTime() - (snapshot.takenAt ?? stateAt(snapshot)).getTime();
  return maxStateAge !== undefined && ageMs > parseDuration(maxStateAge) ? { kind: 'tooOld', snapshot } : { kind: 'from', snapshot };
}

/** Whether the Deployment's next Job may start from it, by its origin and the Job that it is of. */
export function mayStartFrom({ spec, keepsState, freshSince }: Deployment, { origin, jobMadeAt }: Savepoint): boolean {
  if (freshSince !== undefined && jobMadeAt < freshSince) return false;
  if (keepsState === true) return true;
  switch (spec.restoreStrategy.kind) {
    case 'NONE':
      return false;
    case 'LATEST_SAVEPOINT':
      return origin !== 'RETAINED_CHECKPOINT';
    case 'LATEST_STATE':
      return true;
  }
}

const stateAt = (snapshot: Snapshot): Date => snapshot.stateAt ?? snapshot.createdAt;

function newestFirst(a: Snapshot, b: Snapshot): number {
  const age = stateAt(b).getTime() - stateAt(a).getTime();
  return age !== 0 ? age : b.id < a.id ? -1 : 1;
}
