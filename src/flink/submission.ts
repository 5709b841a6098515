import { splitArguments, type JarArtifact } from '../domain/artifact.ts';
import { flinkJobId, type Job } from '../domain/job.ts';
import type { SubmitAnswer } from '../ports/submit-answer.ts';
import { excerpt } from './ask.ts';
import { readErrors, readSubmitted } from './replies.ts';
import { hasThrowable, rootCause, throwables, type Throwable } from './throwables.ts';
import type { Delivery, Reply } from './transport.ts';

/**
 * The body of `POST /jars/:id/run` and, with `applicationId` added, of `run-application`. Throws a SyntaxError (a sentence) when `mainArgs` has
 * an open quote. Always `programArgsList`: 2.x ignores `programArgs` without a word, and the job starts without its arguments.
 */
export function submissionBody({ spec, ...job }: Job): object {
  const { entryClass, mainArgs }: Partial<JarArtifact> = spec.artifact.kind === 'JAR' ? spec.artifact : {};
  return {
    ...(entryClass === undefined ? {} : { entryClass }),
    programArgsList: splitArguments(mainArgs ?? ''),
    parallelism: spec.parallelism,
    jobId: flinkJobId(job),
    // NO_CLAIM: the snapshot stays Drey's, whatever becomes of the job.
    ...(spec.savepointLocation === undefined ? {} : { savepointPath: spec.savepointLocation, claimMode: 'NO_CLAIM' }),
    allowNonRestoredState: spec.allowNonRestoredState,
    flinkConfiguration: spec.flinkConfiguration,
  };
}

/** What an answer means before the id is looked up. A `refused` stands only when the cluster then does not know the id. */
export function submissionAnswer(delivery: Delivery, jobId: string): SubmitAnswer {
  switch (delivery.kind) {
    case 'notSent':
      return { kind: 'notSubmitted', message: delivery.message };
    case 'unknown':
      return { kind: 'inDoubt', message: delivery.message };
    case 'answered':
      return answered(delivery.reply, jobId);
  }
}

function answered({ status, text }: Reply, jobId: string): SubmitAnswer {
  const errors = readErrors(text);
  if (errors !== undefined && status >= 400) return refusal(status, errors);
  // 200 by run: the job is there. 202 by run-application: main() is about to run in the background.
  if ((status === 200 || status === 202) && readSubmitted(text) === jobId) return { kind: status === 200 ? 'accepted' : 'pending' };
  return { kind: 'inDoubt', message: `the answer to the submission was not understood: ${status}, ${excerpt(text)}` };
}

/** By exception class, since status codes do not tell: a missing jar is 500, and so is a missing entry class. */
function refusal(status: number, errors: string): SubmitAnswer {
  const chain = throwables(errors);
  const message = rootCause(chain) ?? excerpt(errors);
  if (isDuplicate(chain)) return { kind: 'duplicate' };
  if (isNotSubmitted(status, errors, chain)) return { kind: 'notSubmitted', message };
  // The job exists under our id, FAILED (a savepoint that is missing or does not fit): the probe judges it like any other failure.
  if (hasThrowable(chain, 'JobInitializationException')) return { kind: 'accepted' };
  // The Dispatcher did not answer in time: main() failed, but its job may start all the same.
  if (chain.some(isTimeout) && chain.some(({ message }) => message.startsWith('Failed to execute job')))
    return { kind: 'inDoubt', message };
  return isDefinite(status, chain) ? { kind: 'refused', message } : { kind: 'inDoubt', message: `${status}, ${message}` };
}

/** Of the job on 1.20, of the application on 2.3; by run-application at once, by run when main() is over. */
const isDuplicate = (chain: readonly Throwable[]): boolean =>
  hasThrowable(chain, 'DuplicateJobSubmissionException') || hasThrowable(chain, 'DuplicateApplicationSubmissionException');

/** Nothing was started: no leader yet, no such jar (any more), no such endpoint (an older Flink came back under the same address). */
const isNotSubmitted = (status: number, errors: string, chain: readonly Throwable[]): boolean =>
  (status === 503 && errors.includes('leader election')) ||
  (status === 404 && errors.startsWith('Not found: ')) ||
  chain.some(({ className, message }) => className.endsWith('.RestHandlerException') && /^Jar file .* does not exist$/.test(message));

const isTimeout = ({ className }: Throwable): boolean =>
  className === 'java.util.concurrent.TimeoutException' || className.endsWith('.AskTimeoutException');

/**
 * Refused for good: main() threw, the entry class is missing (ProgramInvocationException), main() submitted nothing, the body is not of Flink's
 * format, or a value of flinkConfiguration cannot be parsed (a bare IllegalArgumentException, 500).
 */
const isDefinite = (status: number, chain: readonly Throwable[]): boolean =>
  hasThrowable(chain, 'ProgramInvocationException') ||
  (status === 400 && hasThrowable(chain, 'RestHandlerException')) ||
  chain.some(({ className, message }) => className === 'java.lang.IllegalArgumentException' && message.startsWith('Could not parse value'));
