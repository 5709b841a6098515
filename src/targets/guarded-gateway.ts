import type { Redact } from '../domain/redaction.ts';
import { maskedProperties } from '../domain/sql-properties.ts';
import type { SqlTable, SqlTableName } from '../domain/sql-session.ts';
import type { SqlVerdict } from '../domain/sql-verdict.ts';
import type { JobSecrets, Naming, Secrets } from '../ports/secrets.ts';
import type { OperationEnd, SqlGateway } from '../ports/sql.ts';
import { messageOf, redacted } from './redacted.ts';
import { visibleFault } from './sql-check.ts';

type Told = Pick<JobSecrets<Naming>, 'redact' | 'sourcePlace'>;

/** A gateway whose scripts and options may name secrets: it is sent their values, and tells their names, at the places of the script as it is stored. */
export function guardedGateway(gateway: SqlGateway, secrets: Secrets): SqlGateway {
  const about = async <Of extends Naming, T>(job: Of, call: (own: JobSecrets<Of>) => Promise<T>): Promise<T> => {
    const own = await secrets.ofJob(job);
    try {
      return await call(own);
    } catch (error) {
      throw redacted(error, own.redact);
    }
  };
  const told = <T, U>(end: OperationEnd<T>, { redact, sourcePlace }: Told, value: (value: T) => U): OperationEnd<U> => {
    if (end.kind === 'done') return { kind: 'done', value: value(end.value) };
    if (end.kind !== 'failed') return end;
    return { kind: 'failed', message: redact(end.message), ...(end.at === undefined ? {} : { at: sourcePlace(end.at) }) };
  };

  return {
    ...gateway,
    open: (job) => about(job, ({ revealed }) => gateway.open(revealed)),
    define: (job, session, index) => about(job, ({ revealed }) => gateway.define(revealed, session, index)),
    defined: (job, session, operation, index) =>
      about(job, async (own) => told(await gateway.defined(own.revealed, session, operation, index), own, () => undefined)),
    plan: (job, session, recipe) => about(job, ({ revealed }) => gateway.plan(revealed, session, recipe)),
    planned: (job, session, operation, recipe) =>
      about(job, async (own) =>
        told(await gateway.planned(own.revealed, session, operation, recipe), own, ({ sources, sinks }) => ({
          // A name that holds a value is of no use any more, and of no harm.
          sources: sources.map((names) => names.map((name) => redactedName(name, own.redact))),
          sinks: sinks.map((names) => names.map((name) => redactedName(name, own.redact))),
        })),
      ),
    described: (job, session, questions) =>
      about(job, async (own) =>
        told(await gateway.described(own.revealed, session, questions), own, ({ sources, sinks }) => ({
          sources: sources.map((table) => redactedTable(table, own.redact)),
          sinks: sinks.map((table) => redactedTable(table, own.redact)),
        })),
      ),
    check: async (script) =>
      // Of the script as it is stored: a part of it is told, and half a value would not be found in it.
      faultOf(script) ??
      about(script, async ({ revealed, redact, sourcePlace }) => {
        const verdict = await gateway.check(revealed);
        if (verdict.kind === 'valid') return verdict;
        return { ...verdict, message: redact(verdict.message), from: sourcePlace(verdict.from), to: sourcePlace(verdict.to) };
      }),
    async submit(job, session) {
      // Before anything is sent: afterwards an answer could not be told.
      const own = await secrets.ofJob(job).catch((error: unknown) => messageOf(error));
      if (typeof own === 'string') return { kind: 'notSubmitted', message: own };
      const answer = await gateway.submit(own.revealed, session);
      return 'message' in answer ? { ...answer, message: own.redact(answer.message) } : answer;
    },
    submitted: (job, session, operation) =>
      about(job, async ({ revealed, redact }) => {
        const answer = await gateway.submitted(revealed, session, operation);
        return 'message' in answer ? { ...answer, message: redact(answer.message) } : answer;
      }),
  };
}

const faultOf = ({ spec: { artifact } }: Naming): SqlVerdict | undefined =>
  artifact.kind === 'SQLSCRIPT' ? visibleFault(artifact.sqlScript) : undefined;

const redactedName = <T extends SqlTableName>({ catalogName, databaseName, name, ...rest }: T, redact: Redact) => ({
  ...rest,
  catalogName: redact(catalogName),
  databaseName: redact(databaseName),
  name: redact(name),
});

const redactedTable = ({ columns, properties, ...table }: SqlTable, redact: Redact): SqlTable => ({
  ...redactedName(table, redact),
  columns: columns.map(({ name, type }) => ({ name: redact(name), type: redact(type) })),
  // What is masked in part would not be found as a value any more.
  properties: maskedProperties(Object.fromEntries(Object.entries(properties).map(([key, value]) => [redact(key), redact(value)]))),
});
