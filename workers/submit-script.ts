import { flinkJobId, targetOf, type Job, type JobFailure } from '../src/domain/job.ts';
import { faultWords, named, parseScript, scriptFaults, type SqlStatement } from '../src/domain/sql-script.ts';
import type { PlanRecipe, SqlStage, SqlTables } from '../src/domain/sql-session.ts';
import type { JobNow } from '../src/ports/store.ts';
import type { OperationBegun, OperationEnd, SqlGateway } from '../src/ports/sql.ts';
import type { Cluster } from '../src/ports/targets.ts';
import type { SubmitAnswer } from '../src/ports/submit-answer.ts';
import { done, snooze, type Outcome } from './outcome.ts';
import type { WorkerParts } from './parts.ts';
import type { CloseSession } from './sql-session.ts';
import { AGAIN_MS, untilDueMs, type Look, type Ready, type Way } from './submission.ts';

// INVARIANTS
// 1. A session's handle is in the row before anything is done in it; only one that a daemon died with at once is not, and that ends by the gateway's idle timeout.
// 2. What changes something in a session is in the row before it is sent. Where its operation is not, nobody knows what came of it: the session is
//    closed, and the script begun anew in another. Nothing of it has left the session by then.
// 3. The submission itself is in doubt until its operation tells, or the look-up: a session that is gone is no verdict, nor is another JobManager, to which
//    the gateway may still send it.
// 4. Once nothing is asked of a session any more, it is closed, and only then taken out of the row.

/** How a SQL script is submitted: by a session of the target's gateway, statement by statement. Each waits for its operation by snoozing. */
export function scriptWay({ engine, store, targets, log }: WorkerParts, look: Look, close: CloseSession): Way {
  const gatewayOf = (job: Job): SqlGateway => targets.sqlGateway(targetOf(job));

  /** Nothing of its session is of use any more. */
  const beginAnew = async (job: Job): Promise<Outcome> => {
    const { version } = await close(job);
    return snooze(AGAIN_MS, version);
  };

  const record = (job: Job, stage: SqlStage, waitingFor: string): Promise<Job | undefined> =>
    engine.jobs.recordScript(job, { session: job.sql?.session ?? '', stage }, waitingFor);

  const prepare = async ({ job, now }: JobNow): Promise<Outcome | Ready> => {
    const gateway = gatewayOf(job);
    const script = scriptOf(job);
    const [fault] = scriptFaults(script);
    if (fault !== undefined) return refused(job, { reason: 'ScriptRefused', message: faultWords(fault) });
    const { definitions, job: submitted } = parseScript(script);
    const { sql } = job;

    const refuse = async (statement: SqlStatement, end: OperationEnd<unknown> & { kind: 'failed' }): Promise<Outcome> => {
      const number = statement === submitted ? definitions.length + 1 : definitions.indexOf(statement) + 1;
      const message = `${named(script, statement, number)}${end.at === undefined ? '' : `, at line ${end.at.line}, column ${end.at.column}`}: ${end.message}`;
      return refused(job, { reason: 'ScriptRefused', message });
    };
    /** Writes down what was begun; it is asked for when the command runs again. */
    const begun = async (
      row: Job,
      operation: OperationBegun,
      stage: (operation: string) => SqlStage,
      waitingFor: string,
    ): Promise<Outcome> => {
      if (operation.kind === 'gone') return beginAnew(row);
      const written = await record(row, stage(operation.operation), waitingFor);
      return written === undefined ? snooze(0) : snooze(FIRST_POLL_MS, written.version);
    };
    const define = async (row: Job, index: number): Promise<Outcome> => {
      const statement = definitions[index];
      if (statement === undefined) return plan(row, gateway.recipes[0]);
      const waitingFor = `${named(script, statement, index + 1)} of its script`;
      const intended = await record(row, { kind: 'defining', index }, waitingFor);
      if (intended === undefined) return snooze(0);
      const operation = await gateway.define(intended, intended.sql?.session ?? '', index);
      return begun(intended, operation, (handle) => ({ kind: 'defining', index, operation: handle }), waitingFor);
    };
    const plan = async (row: Job, recipe: PlanRecipe): Promise<Outcome> => {
      const operation = await gateway.plan(row, row.sql?.session ?? '', recipe);
      return begun(row, operation, (handle) => ({ kind: 'planning', operation: handle, recipe }), 'the plan of its script');
    };

    if (sql === undefined) {
      const session = await gateway.open(job);
      const opened = await engine.jobs.recordScript(job, { session, stage: { kind: 'opened' } }, 'its session at the SQL Gateway');
      if (opened !== undefined) return define(opened, 0);
      await gateway
        .close(session)
        .catch((error: unknown) => log.info({ job: job.id, error }, 'session not closed, the gateway will end it'));
      return snooze(0);
    }
    const { session, stage } = sql;
    switch (stage.kind) {
      case 'opened':
        return define(job, 0);
      case 'defining': {
        if (stage.operation === undefined) return beginAnew(job);
        const end = await gateway.defined(job, session, stage.operation, stage.index);
        if (end.kind === 'gone') return beginAnew(job);
        if (end.kind === 'running') return snooze(pollMs(job, now));
        const statement = definitions[stage.index] ?? submitted;
        return end.kind === 'failed' ? refuse(statement, end) : define(job, stage.index + 1);
      }
      case 'planning': {
        const end = await gateway.planned(job, session, stage.operation, stage.recipe);
        if (end.kind === 'gone') return beginAnew(job);
        if (end.kind === 'running') return snooze(pollMs(job, now));
        if (end.kind === 'failed') {
          const next = gateway.recipes[gateway.recipes.indexOf(stage.recipe) + 1];
          return next === undefined ? refuse(submitted, end) : plan(job, next);
        }
        const questions = await gateway.describe(session, end.value);
        if (questions === undefined) return beginAnew(job);
        const written = await record(job, { kind: 'describing', questions }, 'the tables of its script');
        return written === undefined ? snooze(0) : snooze(FIRST_POLL_MS, written.version);
      }
      case 'describing': {
        const end = await gateway.described(job, session, stage.questions);
        if (end.kind === 'gone') return beginAnew(job);
        if (end.kind === 'running') return snooze(pollMs(job, now));
        if (end.kind === 'failed') return refuse(submitted, end);
        return { kind: 'ready', submit: (row, cluster) => submit(row, cluster, gateway, end.value) };
      }
      case 'submitting':
        return beginAnew(job);
    }
  };

  const submit = async (job: Job, cluster: Cluster, gateway: SqlGateway, tables: SqlTables): Promise<Outcome> => {
    const session = job.sql?.session ?? '';
    const fingerprint = await cluster.fingerprint();
    if (job.submission === 'inDoubt' && fingerprint !== job.fingerprint) return look(job, snooze(AGAIN_MS));
    const intended = await engine.jobs.beginSubmission(job, fingerprint, { sql: { session, stage: { kind: 'submitting' } }, tables });
    if (intended === undefined) return snooze(0);
    const answer = await gateway.submit(intended, session);
    switch (answer.kind) {
      case 'begun': {
        const written = await record(intended, { kind: 'submitting', operation: answer.operation }, 'the answer to its submission');
        const told = written && (await ask({ job: written, now: written.modifiedAt }, cluster));
        return told ?? look(job, snooze(FIRST_POLL_MS, intended.version));
      }
      case 'gone':
        return withdraw(intended, 'its session at the SQL Gateway is gone');
      case 'notSubmitted':
        return withdraw(intended, answer.message);
      case 'inDoubt':
        return look(job, snooze(AGAIN_MS, intended.version));
    }
  };

  const withdraw = async (job: Job, message: string): Promise<Outcome> => {
    const { version } = (await engine.jobs.recordAnswer(job, { kind: 'notSubmitted', message })) ?? job;
    return snooze(AGAIN_MS, version);
  };

  /** A submission was begun in the session: its operation tells what came of it. Where that is not known, closing the session ends it if it can still be ended. */
  const ask = async ({ job, now }: JobNow, cluster: Cluster): Promise<Outcome | undefined> => {
    const { sql } = job;
    if (sql?.stage.kind !== 'submitting') return undefined;
    const { operation } = sql.stage;
    const end = operation === undefined ? { kind: 'gone' as const } : await gatewayOf(job).submitted(job, sql.session, operation);
    switch (end.kind) {
      case 'running':
        return look(job, snooze(pollMs(job, now)));
      case 'gone':
      case 'failed':
      case 'done': {
        const closed = await close(job);
        return look(job, snooze(untilDueMs(closed, now), closed.version));
      }
      case 'accepted':
      case 'duplicate':
      case 'refused':
      case 'inDoubt':
      case 'pending':
      case 'notSubmitted': {
        const answered = (await engine.jobs.recordAnswer(job, await confirmed(job, cluster, end))) ?? job;
        const closed = await close(answered);
        if (end.kind !== 'inDoubt') return look(job, done);
        await store.noteWaiting(job.id, `the answer to its submission; the SQL Gateway says: ${end.message}`);
        return look(job, snooze(untilDueMs(closed, now), closed.version));
      }
    }
  };

  /** A refusal is the truth only if the cluster does not know the id; and what the cluster does not know was accepted by another. */
  const confirmed = async (job: Job, cluster: Cluster, answer: SubmitAnswer): Promise<SubmitAnswer> => {
    if (answer.kind !== 'refused' && answer.kind !== 'accepted') return answer;
    if ((await cluster.find(flinkJobId(job))) !== undefined) return { kind: 'accepted' };
    // A JobManager that was replaced since has forgotten what it accepted.
    if (answer.kind === 'refused' || (await cluster.fingerprint()) !== job.fingerprint) return answer;
    return submittedElsewhere(job);
  };

  const submittedElsewhere = async (job: Job): Promise<SubmitAnswer> => {
    const why = await gatewayOf(job).revoke(job, job.sql?.session ?? '');
    const fate = why === undefined ? 'was stopped there' : `may still run there (${why})`;
    const message = `the SQL Gateway submits to another cluster than that of its target, and the job ${fate}; correct rest.address and rest.port of the gateway`;
    return { kind: 'refused', message };
  };

  /** What was never submitted is FAILED; a repeat of a submission in doubt waits for the deadline instead. */
  const refused = async (job: Job, failure: JobFailure): Promise<Outcome> => {
    if (job.submission !== 'none') return beginAnew(job);
    await engine.jobs.refuse(job, failure);
    return done;
  };

  return { prepare, ask };
}

const FIRST_POLL_MS = 20;

/** Between two looks at an operation: a fifth of its age, from 20 ms to 1 s. */
const pollMs = (job: Job, now: Date): number => Math.min(1000, Math.max(FIRST_POLL_MS, (now.getTime() - job.modifiedAt.getTime()) / 5));

const scriptOf = ({ spec: { artifact } }: Job): string => (artifact.kind === 'SQLSCRIPT' ? artifact.sqlScript : '');
