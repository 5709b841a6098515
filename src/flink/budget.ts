import {
  BrokenCircuitError,
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  noJitterGenerator,
} from 'cockatiel';
import { DreyError, isDreyError } from '../domain/errors.ts';

/*
 * INVARIANTS
 * - At most `requestsAtOnce` requests to a cluster are under way; the rest wait in order of arrival.
 * - After `breakerFailures` failures in a row nothing is asked until the pause is over; whoever asks, and whoever waits already, is told so at
 *   once. Then one short call tries; the others wait for how it ends.
 * - Only short calls (reads, cancels) open, try and close the breaker. A submission that waits for a slow main() and an upload say nothing about
 *   the cluster's health, and as the trial they would hold everyone up for minutes.
 * - A call that is refused here was not sent. Once sent, nothing here interrupts it.
 */

/** What one cluster may be asked, and how long an answer may take. All times in milliseconds. */
export interface FlinkLimits {
  /** From sending a read (or a cancel) to the last byte of its answer; also how long a connection may take to open. */
  readonly readTimeoutMs: number;
  /** The same for a submission: `POST /jars/:id/run` is answered when main() is over. */
  readonly submitTimeoutMs: number;
  readonly uploadTimeoutMs: number;
  /** Requests under way at once; the rest wait. */
  readonly requestsAtOnce: number;
  /** Submissions under way at once; the rest are told to come back, so that slow mains cannot fill the start slots. */
  readonly submissionsAtOnce: number;
  /** So many failures in a row open the breaker. */
  readonly breakerFailures: number;
  /** How long it stays open: first, then doubling up to the most. */
  readonly breakerFirstMs: number;
  readonly breakerMostMs: number;
  /** Whether a host of this name, or literal address, may be connected to at this address. Not given: any. */
  readonly allowsHost?: (hostname: string, address: string) => boolean;
}

export interface Budget {
  /** A short call. Rejects with `clusterUnreachable` while the breaker is open; counts a `clusterUnreachable` of the call itself as a failure. */
  readonly short: <T>(call: () => Promise<T>) => Promise<T>;
  /** A call that may take long: waits its turn like any other, is refused while the breaker is open, and is not counted. */
  readonly long: <T>(call: () => Promise<T>) => Promise<T>;
}

type BreakerState = 'closed' | 'open' | 'halfOpen';

/** `endpoint` is for the message; `moved` is told of the breaker, as it is at first and whenever it moves. */
export function budget(endpoint: string, limits: FlinkLimits, moved: (state: BreakerState) => void): Budget {
  const turns = bulkhead(limits.requestsAtOnce, Infinity);
  const breaker = circuitBreaker(
    handleWhen((error) => isDreyError(error, 'clusterUnreachable')),
    {
      breaker: new ConsecutiveBreaker(limits.breakerFailures),
      halfOpenAfter: new ExponentialBackoff({
        initialDelay: limits.breakerFirstMs,
        maxDelay: limits.breakerMostMs,
        generator: noJitterGenerator,
      }),
    },
  );
  // The breaker's own `state` is still Open when its trial call is made.
  let open = false;
  const move = (state: BreakerState): void => {
    open = state === 'open';
    moved(state);
  };
  move('closed');
  breaker.onBreak(() => move('open'));
  breaker.onHalfOpen(() => move('halfOpen'));
  breaker.onReset(() => move('closed'));

  const inTurn = <T>(call: () => Promise<T>): Promise<T> =>
    turns.execute(() => {
      if (open) throw new BrokenCircuitError();
      return call();
    });

  async function guarded<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      const failure = breaker.lastFailure;
      const last = failure !== undefined && 'error' in failure ? failure.error.message : 'no answer';
      throw new DreyError('clusterUnreachable', `${endpoint} is not asked for a while, its last calls failed: ${last}`, { cause: error });
    }
  }

  return {
    short: (call) => guarded(() => breaker.execute(() => inTurn(call))),
    // Not to be kept waiting behind calls that are about to be refused as well.
    long: (call) => guarded(() => (open ? Promise.reject(new BrokenCircuitError()) : inTurn(call))),
  };
}
