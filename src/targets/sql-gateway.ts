import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DreyError } from '../domain/errors.ts';
import { flinkJobId, type Job } from '../domain/job.ts';
import { placeAt } from '../domain/sql-lexer.ts';
import { parseScript, type SqlStatement } from '../domain/sql-script.ts';
import type { SqlTable, SqlTableName, SqlTableQuestions, SqlTables } from '../domain/sql-session.ts';
import { isUnknown, readOperationHandle, type GatewayClient, type Result } from '../flink/gateway-client.ts';
import { statementFailure } from '../flink/gateway-failure.ts';
import { readErrors } from '../flink/replies.ts';
import { columnsOf, definitionOf, quotedIdentifier, tablesOfExplanation, tablesOfPlan } from '../flink/sql-tables.ts';
import { rootCause, throwables, type Throwable } from '../flink/throwables.ts';
import type { OperationBegun, OperationEnd, SqlGateway, SubmissionEnd } from '../ports/sql.ts';
import { runStatement } from './run-statement.ts';
import { sqlCheck } from './sql-check.ts';
import { placedBack, sentStatement } from './sql-statement.ts';

/**
 * Runs the scripts of Jobs on the gateway of one cluster. `planDirectory`: a folder that the gateway and the daemon both see under this path; with
 * it COMPILE PLAN tells the tables of a statement, and their names are exact whatever they hold. What is asked to its end takes `limitMs` at most.
 */
export function sqlGateway(client: GatewayClient, limitMs: number, planDirectory: string | undefined): SqlGateway {
  const planFile = (session: string): string => join(planDirectory ?? '', `${session}.json`);

  const begin = async (session: string, text: string): Promise<OperationBegun> => {
    const operation = await client.execute(session, text);
    return operation === undefined ? { kind: 'gone' } : { kind: 'begun', operation };
  };

  /** The one of the candidates that there is; of a table that the gateway tells nothing of, its name. */
  const describedTable = async (session: string, candidates: readonly SqlTableQuestions[]): Promise<OperationEnd<readonly SqlTable[]>> => {
    for (const { columns, definition, ...name } of candidates) {
      const [described, defined] = [await client.result(session, columns), await client.result(session, definition)];
      for (const { kind } of [described, defined]) if (kind === 'running' || kind === 'gone') return { kind };
      const found = defined.kind === 'done' ? definitionOf(defined.rows) : undefined;
      if (described.kind !== 'done' || found === undefined) continue;
      const table = {
        ...name,
        temporary: found.temporary,
        columns: columnsOf(described.rows),
        properties: found.properties,
      };
      return { kind: 'done', value: [table] };
    }
    return { kind: 'done', value: candidates.slice(0, 1).map(nameAlone) };
  };

  return {
    open: ({ spec, ...job }) => {
      // The id is given to the one statement that is submitted: in the session it would linger.
      const { '$internal.pipeline.job-id': id, ...options } = spec.flinkConfiguration;
      return client.openSession(`drey ${job.id}`, options);
    },
    define: (job, session, index) => begin(session, sentStatement(scriptOf(job), definitionOfJob(job, index), 'run')),
    async defined(job, session, operation, index) {
      const result = await client.result(session, operation);
      return result.kind === 'done' ? { kind: 'done', value: undefined } : unfinished(result, job, definitionOfJob(job, index));
    },
    recipes: planDirectory === undefined ? ['explain'] : ['compile', 'explain'],
    plan: (job, session, recipe) =>
      begin(
        session,
        sentStatement(scriptOf(job), submittedStatement(job), recipe === 'explain' ? 'explain' : { planFile: planFile(session) }),
      ),
    async planned(job, session, operation, recipe) {
      const result = await client.result(session, operation);
      if (result.kind !== 'done') return unfinished(result, job, submittedStatement(job));
      const told = recipe === 'explain' ? tablesOfExplanation(result.rows[0]?.[0]) : await tablesOfFile(planFile(session));
      if (told !== undefined) return { kind: 'done', value: told };
      return { kind: 'failed', message: `the gateway wrote its plan to ${planFile(session)}, and it is not to be read there` };
    },
    async describe(session, planned) {
      const ask = async (name: SqlTableName): Promise<SqlTableQuestions | undefined> => {
        const table = quotedIdentifier(name);
        const columns = await client.execute(session, `DESCRIBE ${table}`);
        const definition = columns && (await client.execute(session, `SHOW CREATE TABLE ${table}`));
        return columns === undefined || definition === undefined ? undefined : { ...name, columns, definition };
      };
      const askAll = async (candidates: readonly (readonly SqlTableName[])[]): Promise<SqlTableQuestions[][] | undefined> => {
        const asked: SqlTableQuestions[][] = [];
        for (const names of candidates) {
          const questions: SqlTableQuestions[] = [];
          for (const name of names) {
            const question = await ask(name);
            if (question === undefined) return undefined;
            questions.push(question);
          }
          asked.push(questions);
        }
        return asked;
      };
      const sources = await askAll(planned.sources);
      const sinks = sources && (await askAll(planned.sinks));
      return sources === undefined || sinks === undefined ? undefined : { sources, sinks };
    },
    async described(_job, session, { sources, sinks }) {
      const tables = { sources: [] as SqlTable[], sinks: [] as SqlTable[] } satisfies SqlTables;
      for (const [role, all] of [
        ['sources', sources],
        ['sinks', sinks],
      ] as const) {
        for (const candidates of all) {
          const end = await describedTable(session, candidates);
          if (end.kind !== 'done') return end;
          tables[role].push(...end.value);
        }
      }
      return { kind: 'done', value: tables };
    },
    check: ({ spec }) => sqlCheck(client, scriptOf({ spec }), spec.flinkConfiguration, limitMs),
    async submit(job, session) {
      const text = sentStatement(scriptOf(job), submittedStatement(job), 'run');
      const delivery = await client.deliver(session, text, submissionOptions(job));
      if (delivery.kind === 'notSent') return { kind: 'notSubmitted', message: delivery.message };
      if (delivery.kind === 'unknown') return { kind: 'inDoubt', message: delivery.message };
      const operation = readOperationHandle(delivery.reply.text);
      if (operation !== undefined) return { kind: 'begun', operation };
      const chain = throwables(readErrors(delivery.reply.text) ?? '');
      if (isUnknown({ chain })) return { kind: 'gone' };
      return { kind: 'inDoubt', message: `the gateway answered ${delivery.reply.status}, ${rootCause(chain) ?? 'and no operation'}` };
    },
    async submitted(job, session, operation) {
      const result = await client.result(session, operation);
      if (result.kind === 'failed') return refusedBy(result.chain);
      if (result.kind !== 'done') return result;
      const id = result.rows[0]?.[0];
      return id === flinkJobId(job)
        ? { kind: 'accepted' }
        : { kind: 'inDoubt', message: `the gateway submitted its job under the id ${String(id)}, not under ${flinkJobId(job)}` };
    },
    async revoke(job, session) {
      const result = await runStatement(client, session, `STOP JOB '${flinkJobId(job)}'`, limitMs);
      return result.kind === 'failed' ? statementFailure(result.chain).message : undefined;
    },
    async close(session) {
      if (planDirectory !== undefined) await removed(planFile(session));
      await client.closeSession(session);
    },
  };
}

const nameAlone = ({ catalogName, databaseName, name }: SqlTableName): SqlTable => ({
  catalogName,
  databaseName,
  name,
  temporary: false,
  columns: [],
  properties: {},
});

/** Options of the one statement: its id, and what the Deployment says of parallelism and state. */
function submissionOptions({ spec, ...job }: Job): Record<string, string> {
  return {
    '$internal.pipeline.job-id': flinkJobId(job),
    'parallelism.default': String(spec.parallelism),
    // The gateway's own configuration may say otherwise, and then the operation would last as long as the job.
    'table.dml-sync': 'false',
    ...(spec.savepointLocation === undefined
      ? {}
      : {
          'execution.state-recovery.path': spec.savepointLocation,
          'execution.state-recovery.claim-mode': 'NO_CLAIM',
          'execution.state-recovery.ignore-unclaimed-state': String(spec.allowNonRestoredState),
        }),
  };
}

/**
 * A submission that failed at the gateway. What failed before a job was sent is refused for good; from there on the JobManager may have it. The
 * JobManager's own exceptions come as text within the gateway's.
 */
function refusedBy(chain: readonly Throwable[]): SubmissionEnd {
  const says = (name: string): boolean =>
    chain.some(({ className, message }) => className.endsWith(`.${name}`) || message.includes(`.${name}:`));
  const { message } = statementFailure(chain);
  // The operation did not fail: its result could not be told.
  if (!says('SqlExecutionException')) return { kind: 'inDoubt', message };
  if (says('DuplicateJobSubmissionException') || says('DuplicateApplicationSubmissionException')) return { kind: 'duplicate' };
  if (says('JobInitializationException')) return { kind: 'accepted' };
  const wasSent =
    says('JobSubmissionException') || says('RestClientException') || chain.some((one) => one.message.startsWith('Failed to execute job'));
  return wasSent ? { kind: 'inDoubt', message } : { kind: 'refused', message };
}

function unfinished(result: Exclude<Result, { kind: 'done' }>, job: Job, statement: SqlStatement): Exclude<OperationEnd, { kind: 'done' }> {
  if (result.kind !== 'failed') return result;
  const { message, at } = statementFailure(result.chain);
  const script = scriptOf(job);
  return { kind: 'failed', message, at: at === undefined ? placeAt(script, statement.start) : placedBack(script, statement, at) };
}

/** Reads a compiled plan and removes it; undefined: it is not there, or none. */
async function tablesOfFile(path: string): Promise<ReturnType<typeof tablesOfPlan>> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  await removed(path);
  return text === undefined ? undefined : tablesOfPlan(text);
}

/** Where it cannot be removed, nothing depends on that. */
const removed = (path: string): Promise<void> => rm(path, { force: true }).catch(() => undefined);

function scriptOf({ spec: { artifact } }: Pick<Job, 'spec'>): string {
  if (artifact.kind !== 'SQLSCRIPT') throw new DreyError('illegalTransition', `a ${artifact.kind} has no script`);
  return artifact.sqlScript;
}

function definitionOfJob(job: Job, index: number): SqlStatement {
  const statement = parseScript(scriptOf(job)).definitions[index];
  if (statement === undefined) throw new DreyError('illegalTransition', `the script of Job ${job.id} has no statement ${index + 1}`);
  return statement;
}

const submittedStatement = (job: Job): SqlStatement => parseScript(scriptOf(job)).job;
