import { flinkJobId, targetOf, type Job } from '../src/domain/job.ts';
import type { JobNow } from '../src/ports/store.ts';
import type { SqlGateway } from '../src/ports/sql.ts';
import type { SubmitAnswer } from '../src/ports/submit-answer.ts';
import type { Cluster } from '../src/ports/targets.ts';
import { done, snooze, type Outcome } from './outcome.ts';
import type { WorkerParts } from './parts.ts';
import { FIRST_POLL_MS, pollMs, scriptRunner, type ScriptRun } from './run-script.ts';
import type { CloseSession } from './sql-session.ts';
import { AGAIN_MS, untilDueMs, type Look, type Way } from './way.ts';

// INVARIANTS
// 1. The submission is in doubt until its operation tells, or the look-up: a session that is gone is no verdict, nor is another JobManager, to which
//    the gateway may still send it.
// 2. Once nothing is asked of a session any more, it is closed, and only then taken out of the row.

/** How a SQL script is submitted: by a session of the target's gateway, statement by statement. Each waits for its operation by snoozing. */
export function scriptWay(parts: WorkerParts, look: Look, close: CloseSession): Way {
  const { engine, store, targets } = parts;
  const run = scriptRunner(parts, close);
  const gatewayOf = (job: Job): SqlGateway => targets.sqlGateway(targetOf(job));

  const submit = async (job: Job, cluster: Cluster, { session, tables }: ScriptRun): Promise<Outcome> => {
    const fingerprint = await cluster.fingerprint();
    if (job.submission === 'inDoubt' && fingerprint !== job.fingerprint) return look(job, snooze(AGAIN_MS));
    const intended = await engine.jobs.beginSubmission(job, fingerprint, { sql: { session, stage: { kind: 'submitting' } }, tables });
    if (intended === undefined) return snooze(0);
    const answer = await gatewayOf(job).submit(intended, session);
    switch (answer.kind) {
      case 'begun': {
        const sql = { session, stage: { kind: 'submitting', operation: answer.operation } } as const;
        const written = await engine.jobs.recordScript(intended, sql, ANSWER);
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
        return snooze(pollMs(job, now));
      case 'gone': {
        const closed = await close(job);
        return look(job, snooze(untilDueMs(closed, now), closed.version));
      }
      case 'accepted':
      case 'duplicate':
      case 'refused':
      case 'inDoubt': {
        const answered = (await engine.jobs.recordAnswer(job, await confirmed(job, cluster, end))) ?? job;
        const closed = await close(answered);
        if (end.kind !== 'inDoubt') return look(job, done);
        await store.noteWaiting(job.id, `${ANSWER}; the SQL Gateway says: ${end.message}`);
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

  return {
    async prepare(row) {
      const state = await run(gatewayOf(row.job), row);
      return state.kind === 'run' ? { kind: 'ready', submit: (job, cluster) => submit(job, cluster, state) } : state;
    },
    ask,
  };
}

const ANSWER = 'the answer to its submission';
