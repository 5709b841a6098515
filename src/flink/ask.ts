import { DreyError } from '../domain/errors.ts';
import type { Budget } from './budget.ts';
import { readErrors, type Reader } from './replies.ts';
import { hasThrowable, rootCause, throwables, type Throwable } from './throwables.ts';
import type { Request, Transport } from './transport.ts';

/** An error in Flink's own form. Its exception classes tell what it means; status codes are not enough. */
export interface Refusal {
  readonly status: number;
  readonly chain: readonly Throwable[];
}

export interface Ask {
  /** The value of an answer. Throws `clusterUnreachable` or `clusterAnsweredOddly` where there is none. */
  value<T>(request: Request, reader: Reader<T>): Promise<T>;
  /** The same, but `undefined` when Flink refuses in a way that `isFine` recognizes. */
  unless<T>(isFine: (refusal: Refusal) => boolean, request: Request, reader: Reader<T>): Promise<T | undefined>;
  /** The answer, or what Flink refuses with; `fault` is that in words, to be thrown where it means nothing better. */
  answer<T>(request: Request, reader: Reader<T>): Promise<Answer<T>>;
}

type Answer<T> = { readonly value: T } | { readonly refusal: Refusal; readonly fault: DreyError };

/** What stands before a cluster answers so while no JobManager does; Flink itself answers 503 during a leader election. */
const NOBODY_THERE = [502, 503, 504];

/**
 * Asks and understands. Only an error in Flink's own form can mean "not found": an HTML page, a redirect or a 404 of somebody else's are
 * `clusterAnsweredOddly`. A request with a streamed body (an upload) takes the budget's long way.
 */
export function asking(wire: Transport, turns: Budget): Ask {
  async function answer<T>(request: Request, reader: Reader<T>): Promise<Answer<T>> {
    const name = wire.name(request);
    const turn = typeof request.body === 'object' ? turns.long : turns.short;
    const { status, text } = await turn(async () => {
      const reply = await wire.send(request);
      if (NOBODY_THERE.includes(reply.status))
        throw new DreyError('clusterUnreachable', `${name}: ${reply.status}, ${excerpt(reply.text)}`);
      return reply;
    });
    if (status >= 200 && status < 300) {
      const value = reader(text);
      if (value !== undefined) return { value };
      throw new DreyError('clusterAnsweredOddly', `${name}: ${status}, but not what Flink answers: ${excerpt(text)}`);
    }
    const chain = throwables(readErrors(text) ?? '');
    const code = status >= 500 ? 'clusterUnreachable' : 'clusterAnsweredOddly';
    return { refusal: { status, chain }, fault: new DreyError(code, `${name}: ${status}, ${rootCause(chain) ?? excerpt(text)}`) };
  }

  return {
    answer,
    async value(request, reader) {
      const found = await answer(request, reader);
      if ('fault' in found) throw found.fault;
      return found.value;
    },
    async unless(isFine, request, reader) {
      const found = await answer(request, reader);
      if (!('fault' in found)) return found.value;
      if (isFine(found.refusal)) return undefined;
      throw found.fault;
    },
  };
}

/** The beginning of an answer that is not understood. Flink's own errors without an exception ("Not found: /nope") are unpacked. */
export function excerpt(text: string): string {
  const line = (readErrors(text) ?? text).trim().replaceAll(/\s+/g, ' ');
  if (line === '') return 'an empty answer';
  return line.length > 200 ? `${line.slice(0, 200)} …` : line;
}

/** 404 by most calls, 500 by `/jobs/:id/status`. */
export const isUnknownJob = ({ chain }: Refusal): boolean => hasThrowable(chain, 'FlinkJobNotFoundException');

/** 500 when read, 404 when cancelled: there also for an ended application, which `GET` still shows. */
export const isUnknownApplication = ({ chain }: Refusal): boolean => hasThrowable(chain, 'FlinkApplicationNotFoundException');

/**
 * Flink's ways to say that there is nothing to cancel: unknown (404), ended (409), and on 1.20 a job that failed before its JobMaster existed
 * (500, JobCancellationFailedException).
 */
export const isNothingToCancel = (refusal: Refusal): boolean =>
  isUnknownJob(refusal) ||
  hasThrowable(refusal.chain, 'JobCancellationFailedException') ||
  (refusal.status === 409 && hasThrowable(refusal.chain, 'RestHandlerException'));

/** The same for an application; 409 is FlinkApplicationTerminatedWithoutCancellationException (seen in Flink's source only). */
export const isNoApplicationToCancel = (refusal: Refusal): boolean =>
  isUnknownApplication(refusal) || (refusal.status === 409 && hasThrowable(refusal.chain, 'RestHandlerException'));

/** 404 in words of Flink's: the operation was never begun, is over for 5 minutes, or began in an earlier JobManager. A missing page has no exception. */
export const isUnknownOperation = ({ status, chain }: Refusal): boolean =>
  status === 404 &&
  chain.some(({ message }) => /^(There is no savepoint operation with triggerId=|Operation not found under key: )/.test(message));
