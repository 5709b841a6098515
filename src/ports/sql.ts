import type { Job } from '../domain/job.ts';
import type { SqlVerdict } from '../domain/sql-verdict.ts';
import type { TextPlace } from '../domain/sql-lexer.ts';
import type { PlannedTables, PlanRecipe, SqlTableName, SqlTableQuestions, SqlTables } from '../domain/sql-session.ts';
import type { SubmitAnswer } from './submit-answer.ts';

/** What became of an operation. `gone`: the gateway does not know the session (any more), so nothing of it runs there. */
export type OperationEnd<T = undefined> =
  | { readonly kind: 'running' }
  | { readonly kind: 'gone' }
  /** The statement is wrong, or could not be carried out; `at` is where in the Job's script, if Flink says so. */
  | { readonly kind: 'failed'; readonly message: string; readonly at?: TextPlace }
  | { readonly kind: 'done'; readonly value: T };

/** The operation that was begun, by its handle. */
export type OperationBegun = { readonly kind: 'begun'; readonly operation: string } | { readonly kind: 'gone' };

/** What became of a submission that was begun. */
export type SubmissionEnd =
  | { readonly kind: 'running' }
  | { readonly kind: 'gone' }
  | (SubmitAnswer & { readonly kind: 'accepted' | 'duplicate' | 'refused' | 'inDoubt' });

/**
 * The SQL Gateway of one cluster. A script is run in a session of its own, an operation at a time; each is begun, and then asked for. Calls throw
 * `clusterUnreachable` and `clusterAnsweredOddly`, with the address in the message.
 */
export interface SqlGateway {
  /** Opens a session with the options of the Job; resolves with its handle. */
  open(job: Job): Promise<string>;
  /** Begins the definition `index` of the Job's script (SET, CREATE …). */
  define(job: Job, session: string, index: number): Promise<OperationBegun>;
  defined(job: Job, session: string, operation: string, index: number): Promise<OperationEnd>;
  /** How it can plan, the most exact way first; the last is possible wherever the statement is right. */
  readonly recipes: readonly [PlanRecipe, ...PlanRecipe[]];
  /** Begins to plan what the script submits; starts nothing. */
  plan(job: Job, session: string, recipe: PlanRecipe): Promise<OperationBegun>;
  planned(job: Job, session: string, operation: string, recipe: PlanRecipe): Promise<OperationEnd<PlannedTables<SqlTableName>>>;
  /** Asks what the planned tables are. */
  describe(session: string, planned: PlannedTables<SqlTableName>): Promise<PlannedTables<SqlTableQuestions> | undefined>;
  /** What the tables are; of those that the gateway tells nothing of, their names. */
  described(job: Job, session: string, questions: PlannedTables<SqlTableQuestions>): Promise<OperationEnd<SqlTables>>;
  /** Begins the submission under the Job's own id. Never throws: what is not understood is in doubt. */
  submit(job: Job, session: string): Promise<OperationBegun | (SubmitAnswer & { readonly kind: 'notSubmitted' | 'inDoubt' })>;
  submitted(job: Job, session: string, operation: string): Promise<SubmissionEnd>;
  /** Stops the Job's Flink job in the cluster that the gateway submits to. Resolves with why that could not be done; undefined: it was. */
  revoke(job: Job, session: string): Promise<string | undefined>;
  /** Says what is wrong with a script, or a single statement, in a session that is closed afterwards. Nothing that outlives it is made, and no job is started. */
  check(script: Pick<Job, 'namespace' | 'spec'>): Promise<SqlVerdict>;
  /** Ends a session and what runs in it, but no Flink job. One that is not known is fine. */
  close(session: string): Promise<void>;
}
