import type { Job } from '../src/domain/job.ts';
import { faultWords, named, parseScript, scriptFaults, type SqlStatement } from '../src/domain/sql-script.ts';
import type { PlannedTables, PlanRecipe, SqlStage, SqlTableName, SqlTables } from '../src/domain/sql-session.ts';
import type { JobNow } from '../src/ports/store.ts';
import type { OperationEnd, SqlGateway } from '../src/ports/sql.ts';
import { done, snooze, type Outcome } from './outcome.ts';
import type { WorkerParts } from './parts.ts';
import type { CloseSession } from './sql-session.ts';
import { AGAIN_MS } from './way.ts';

// INVARIANTS
// 1. A session's handle is in the row before anything is done in it; only one that a daemon died with at once is not, and that ends by the gateway's idle timeout.
// 2. What changes something in a session is in the row before it is sent. Where its operation is not, nobody knows what came of it: the session is
//    closed, and the script begun anew in another. Nothing of it has left the session by then.

/** A script that has come to its last statement. */
export interface ScriptRun {
  readonly kind: 'run';
  readonly session: string;
  readonly tables: SqlTables;
}

/** Runs the script of a Job up to the statement that is submitted, one operation a call; an outcome: it goes on when the command runs again, or is over. */
export type RunScript = (gateway: SqlGateway, row: JobNow) => Promise<Outcome | ScriptRun>;

export function scriptRunner({ engine, log }: Pick<WorkerParts, 'engine' | 'log'>, close: CloseSession): RunScript {
  /** Nothing of its session is of use any more. */
  const beginAnew = async (job: Job): Promise<Outcome> => {
    const { version } = await close(job);
    return snooze(AGAIN_MS, version);
  };

  /** What was never submitted is FAILED; a repeat of a submission in doubt waits for the deadline instead. */
  const refused = async (job: Job, message: string): Promise<Outcome> => {
    if (job.submission !== 'none') return beginAnew(job);
    await engine.jobs.refuse(job, { reason: 'ScriptRefused', message });
    return done;
  };

  const open = async (gateway: SqlGateway, job: Job): Promise<Outcome> => {
    const session = await gateway.open(job);
    const opened = await engine.jobs.recordScript(job, { session, stage: { kind: 'opened' } }, 'its session at the SQL Gateway');
    if (opened !== undefined) return snooze(0, opened.version);
    await gateway.close(session).catch((error: unknown) => log.info({ job: job.id, error }, 'session not closed, the gateway will end it'));
    return snooze(0);
  };

  return async (gateway, { job, now }) => {
    const script = job.spec.artifact.kind === 'SQLSCRIPT' ? job.spec.artifact.sqlScript : '';
    const [fault] = scriptFaults(script);
    if (fault !== undefined) return refused(job, faultWords(fault));
    if (job.sql === undefined) return open(gateway, job);
    const { session, stage } = job.sql;
    const { definitions, job: submitted } = parseScript(script);

    /** Writes down how far it has come; what is under way is asked for when the command runs again. */
    const record = (row: Job, to: SqlStage, waitingFor: string): Promise<Job | undefined> =>
      engine.jobs.recordScript(row, { session, stage: to }, waitingFor);

    const recorded = async (row: Job, to: SqlStage, waitingFor: string): Promise<Outcome> => {
      const written = await record(row, to, waitingFor);
      return written === undefined ? snooze(0) : snooze(FIRST_POLL_MS, written.version);
    };

    const define = async (index: number): Promise<Outcome> => {
      const statement = definitions[index];
      if (statement === undefined) return plan(gateway.recipes[0]);
      const waitingFor = `${named(script, statement, index + 1)} of its script`;
      const intended = await record(job, { kind: 'defining', index }, waitingFor);
      if (intended === undefined) return snooze(0);
      const begun = await gateway.define(intended, session, index);
      if (begun.kind === 'gone') return beginAnew(intended);
      return recorded(intended, { kind: 'defining', index, operation: begun.operation }, waitingFor);
    };

    const plan = async (recipe: PlanRecipe): Promise<Outcome> => {
      const begun = await gateway.plan(job, session, recipe);
      if (begun.kind === 'gone') return beginAnew(job);
      return recorded(job, { kind: 'planning', operation: begun.operation, recipe }, 'the plan of its script');
    };

    const describe = async (tables: PlannedTables<SqlTableName>): Promise<Outcome> => {
      const questions = await gateway.describe(session, tables);
      return questions === undefined ? beginAnew(job) : recorded(job, { kind: 'describing', questions }, 'the tables of its script');
    };

    const refuse =
      (statement: SqlStatement, number: number) =>
      ({ message, at }: Failed): Promise<Outcome> => {
        const where = at === undefined ? '' : `, at line ${at.line}, column ${at.column}`;
        return refused(job, `${named(script, statement, number)}${where}: ${message}`);
      };
    const refuseLast = refuse(submitted, definitions.length + 1);

    /** Goes on with what an operation has come to. */
    const after = async <T, R>(
      end: OperationEnd<T>,
      then: (value: T) => Promise<R>,
      failed: (end: Failed) => Promise<Outcome>,
    ): Promise<Outcome | R> => {
      switch (end.kind) {
        case 'running':
          return snooze(pollMs(job, now));
        case 'gone':
          return beginAnew(job);
        case 'failed':
          return failed(end);
        case 'done':
          return then(end.value);
      }
    };

    switch (stage.kind) {
      case 'opened':
        return define(0);
      case 'defining': {
        const { index, operation } = stage;
        if (operation === undefined) return beginAnew(job);
        const end = await gateway.defined(job, session, operation, index);
        return after(end, () => define(index + 1), refuse(definitions[index] ?? submitted, index + 1));
      }
      case 'planning': {
        const next = gateway.recipes[gateway.recipes.indexOf(stage.recipe) + 1];
        const end = await gateway.planned(job, session, stage.operation, stage.recipe);
        return after(end, describe, next === undefined ? refuseLast : () => plan(next));
      }
      case 'describing': {
        const end = await gateway.described(job, session, stage.questions);
        return after(end, (tables) => Promise.resolve<ScriptRun>({ kind: 'run', session, tables }), refuseLast);
      }
      case 'submitting':
        return beginAnew(job);
    }
  };
}

type Failed = OperationEnd & { readonly kind: 'failed' };

export const FIRST_POLL_MS = 20;

/** Between two looks at an operation: a fifth of its age, from 20 ms to 1 s. */
export const pollMs = (job: Job, now: Date): number =>
  Math.min(1000, Math.max(FIRST_POLL_MS, (now.getTime() - job.modifiedAt.getTime()) / 5));
