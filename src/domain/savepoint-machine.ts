import { DreyError } from './errors.ts';
import type { Evidence } from './job.ts';
import { isStop, type Savepoint, type SavepointFailure } from './savepoint.ts';

/** Everything that can happen to a Savepoint. */
export type SavepointEvent =
  /** Flink is about to be asked: the intent. */
  | { readonly type: 'triggerBegan'; readonly directory: string }
  | { readonly type: 'completed'; readonly location: string }
  | { readonly type: 'failed'; readonly failure: SavepointFailure };

/** The Savepoint after the event, with what was seen. All events are legal in STARTED only. Throws `illegalTransition`. */
export function transitionSavepoint(savepoint: Savepoint, event: SavepointEvent, now: Date, evidence?: Evidence): Savepoint {
  if (savepoint.state !== 'STARTED') {
    throw new DreyError('illegalTransition', `Savepoint ${savepoint.id} is ${savepoint.state}; ${event.type} is only possible in STARTED`);
  }
  const seen = evidence === undefined ? {} : { evidence };
  switch (event.type) {
    case 'triggerBegan':
      return { ...savepoint, directory: event.directory, triggeredAt: savepoint.triggeredAt ?? now };
    case 'completed':
      return {
        ...savepoint,
        ...seen,
        state: 'COMPLETED',
        location: event.location,
        stateAt: isStop(savepoint) ? now : (savepoint.triggeredAt ?? now),
        endedAt: now,
      };
    case 'failed':
      return { ...savepoint, ...seen, state: 'FAILED', failure: event.failure, endedAt: now };
  }
}
