import { isDreyError } from '../src/domain/errors.ts';
import { targetOf, type Job } from '../src/domain/job.ts';
import type { WorkerParts } from './parts.ts';

/** For so long a gateway that cannot be told is waited for. Then its session is left to its idle timeout (`sql-gateway.session.idle-timeout`). */
const PATIENCE_MS = 60_000;

/**
 * Closes the session that is recorded of a Job: at the gateway, then in the row, where the Job is not final. Throws a retryable error while the gateway
 * cannot be told, and it is less than a minute since the moment from which on nothing needs the session.
 */
export type CloseSession = (job: Job, idle?: { readonly since: Date; readonly now: Date }) => Promise<Job>;

export function sessionCloser({ engine, targets, log }: Pick<WorkerParts, 'engine' | 'targets' | 'log'>): CloseSession {
  return async (job, idle) => {
    if (job.sql === undefined) return job;
    try {
      await targets.sqlGateway(targetOf(job)).close(job.sql.session);
    } catch (error) {
      const isOver = idle !== undefined && idle.now.getTime() - idle.since.getTime() > PATIENCE_MS;
      if (!isDreyError(error) || !error.retryable || !isOver) throw error;
      log.info({ job: job.id, cause: error.message }, 'session not closed, the SQL Gateway will end it when it was idle for long');
    }
    return (await engine.jobs.recordClosed(job)) ?? job;
  };
}
