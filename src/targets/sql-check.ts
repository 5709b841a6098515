import { placeAt } from '../domain/sql-lexer.ts';
import { isJob, isQuery, statementFaults, statementsOf, type SqlStatement } from '../domain/sql-script.ts';
import type { SqlVerdict } from '../domain/sql-verdict.ts';
import type { GatewayClient } from '../flink/gateway-client.ts';
import { statementFailure } from '../flink/gateway-failure.ts';
import { hasThrowable, type Throwable } from '../flink/throwables.ts';
import { runStatement } from './run-statement.ts';
import { placedBack, sentStatement, type Purpose } from './sql-statement.ts';

/*
 * INVARIANTS
 * - What outlives the session is not made: where a catalog may be another than Flink's own in memory, tables, views and functions are made TEMPORARY,
 *   and what has no temporary form is not carried out, but said to be unchecked.
 * - INSERTs and queries are explained, never run. The session is closed whatever happens.
 */

/** What only tells something. */
const TELLING = new Set(['SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN']);

/** Checks a script, or a single statement, without a visible fault by a gateway (`SqlGateway.check`). */
export async function sqlCheck(
  client: GatewayClient,
  script: string,
  options: Readonly<Record<string, string>>,
  limitMs: number,
): Promise<SqlVerdict> {
  const statements = statementsOf(script);
  const deadline = performance.now() + limitMs;
  const session = await client.openSession('drey check', options);
  const resultOf = (text: string) => runStatement(client, session, text, deadline - performance.now());
  try {
    let isIsolated = isForgetful((await client.sessionSettings(session)) ?? {});
    for (const statement of statements) {
      const fault = await check(statement, isIsolated);
      if (fault !== undefined) return fault;
      isIsolated &&= !makesOtherCatalog(statement);
    }
  } finally {
    await client.closeSession(session).catch(() => undefined); // it ends by the gateway's idle timeout
  }
  return { kind: 'valid', what: kindOf(statements.find(isJob) ?? statements.at(-1)) };

  async function check(statement: SqlStatement, isIsolated: boolean): Promise<SqlVerdict | undefined> {
    const how = isJob(statement) || isQuery(statement) ? 'explain' : wayOf(statement, isIsolated);
    if (how === undefined) return uncheckable(script, statement);
    const created = how === 'temporarily' ? nameOfCreated(script, statement) : undefined;
    if (created !== undefined) {
      // The one that is there already is what the script would use, or stumble over.
      const there = await resultOf(`DESCRIBE ${created.name}`);
      if (there.kind === 'done' && created.ifNotExists) return undefined;
      if (there.kind === 'done') return invalid(script, statement, 'statement', `${created.name} already exists; write IF NOT EXISTS`);
    }
    const result = await resultOf(sentStatement(script, statement, how));
    return result.kind === 'failed' ? failed(script, statement, result.chain) : undefined;
  }
}

/** What is wrong as far as that can be seen without Flink: of a script with names of secrets, since a part of it is told. */
export function visibleFault(script: string): SqlVerdict | undefined {
  const statements = statementsOf(script);
  if (statements.length === 0) {
    return {
      kind: 'invalid',
      why: 'statement',
      message: 'there is no statement',
      from: { line: 1, column: 1 },
      to: { line: 1, column: 1 },
    };
  }
  for (const [i, statement] of statements.entries()) {
    const isTold = isQuery(statement) || TELLING.has(firstWord(statement));
    const [fault] = statementFaults(script, statement, i + 1).filter(({ rule }) => rule === 'form' || !isTold);
    if (fault === undefined) continue;
    const { message, rule, line, column } = fault;
    return {
      kind: 'invalid',
      why: rule === 'form' ? 'statement' : 'unsupported',
      message,
      from: { line, column },
      to: placeAt(script, statement.end),
    };
  }
  const [, second] = statements.filter(isJob);
  return (
    second && invalid(script, second, 'unsupported', 'a script has exactly one INSERT, or several in EXECUTE STATEMENT SET BEGIN … END')
  );
}

/** How a definition can be carried out without leaving anything behind; undefined: it cannot. */
function wayOf(statement: SqlStatement, isIsolated: boolean): Purpose | undefined {
  const words = wordsOf(statement);
  if (isIsolated || statement.kind !== 'definition' || isTemporary(words)) return 'run';
  if (['USE', 'LOAD', 'UNLOAD', 'ADD', 'REMOVE'].includes(firstWord(statement))) return 'run';
  return words[0] === 'CREATE' && ['TABLE', 'VIEW', 'FUNCTION', 'MODEL'].includes(words[1] ?? '') ? 'temporarily' : undefined;
}

/** Catalogs are forgotten with their session, unless the gateway keeps them in a store. */
const isForgetful = (settings: Readonly<Record<string, string>>): boolean =>
  ['generic_in_memory', ''].includes(settings['table.catalog-store.kind'] ?? '');

/** Tables in a catalog that is not in memory are there for others too. */
const makesOtherCatalog = (statement: SqlStatement): boolean => {
  const words = wordsOf(statement);
  if (words[0] !== 'CREATE' || words[1] !== 'CATALOG') return false;
  const strings = statement.tokens.filter(({ kind }) => kind === 'string').map(({ value }) => value);
  const types = strings.filter((_value, i) => strings[i - 1] === 'type');
  return types.length !== 1 || types[0] !== 'generic_in_memory';
};

/** What is behind CREATE, DROP or ALTER; a name may be the same word. */
const isTemporary = ([first = '', second, third, fourth]: readonly string[]): boolean =>
  ['CREATE', 'DROP', 'ALTER'].includes(first) &&
  (second === 'TEMPORARY' || (second === 'OR' && third === 'REPLACE' && fourth === 'TEMPORARY'));

interface Created {
  readonly name: string;
  readonly ifNotExists: boolean;
}

/** The table or view that a CREATE makes, as it is written. */
function nameOfCreated(script: string, statement: SqlStatement): Created | undefined {
  const words = wordsOf(statement);
  if (words[1] !== 'TABLE' && words[1] !== 'VIEW') return undefined;
  const ifNotExists = words.slice(2, 5).join(' ') === 'IF NOT EXISTS';
  const rest = statement.tokens.slice(ifNotExists ? 5 : 2);
  const end = rest.findIndex(({ kind }, i) => (i % 2 === 0 ? kind === 'sign' : !(kind === 'sign' && rest[i]?.value === '.')));
  const name = rest.slice(0, end < 0 ? undefined : end);
  const [first, last] = [name[0], name.at(-1)];
  return first === undefined || last === undefined ? undefined : { name: script.slice(first.start, last.end), ifNotExists };
}

function failed(script: string, statement: SqlStatement, chain: readonly Throwable[]): SqlVerdict {
  const { message, at, until } = statementFailure(chain);
  const from = at === undefined ? placeAt(script, statement.start) : placedBack(script, statement, at);
  const to = at === undefined ? placeAt(script, statement.end) : until === undefined ? from : placedBack(script, statement, until);
  return { kind: 'invalid', why: reasonOf(statement, chain), message, from, to };
}

/** What Flink says of tables whose connector, or its options, are wrong. */
const OF_CONNECTORS =
  /Unable to create (a source|a sink|catalog)|Could not find any factory|Cannot discover a connector|Unsupported options found|required options are missing|Invalid value for option/;

function reasonOf(statement: SqlStatement, chain: readonly Throwable[]): (SqlVerdict & { kind: 'invalid' })['why'] {
  if (hasThrowable(chain, 'SqlParserException') || hasThrowable(chain, 'ParseException')) return 'statement';
  if (chain.some(({ message }) => OF_CONNECTORS.test(message))) return 'connector';
  if (chain.some(({ className, message }) => className.endsWith('.TableException') && /not supported|unsupported/i.test(message)))
    return 'unsupported';
  return isJob(statement) || isQuery(statement) ? 'query' : 'statement';
}

const uncheckable = (script: string, statement: SqlStatement): SqlVerdict =>
  invalid(
    script,
    statement,
    'unsupported',
    'it would change a catalog that others use, so it is not carried out, and what follows it is not checked',
  );

const invalid = (script: string, statement: SqlStatement, why: (SqlVerdict & { kind: 'invalid' })['why'], message: string): SqlVerdict => ({
  kind: 'invalid',
  why,
  message,
  from: placeAt(script, statement.start),
  to: placeAt(script, statement.end),
});

function kindOf(statement: SqlStatement | undefined): (SqlVerdict & { kind: 'valid' })['what'] {
  if (statement === undefined || statement.kind === 'setting') return 'command';
  if (isJob(statement)) return 'insert';
  if (statement.kind === 'definition') return ['CREATE', 'DROP', 'ALTER'].includes(firstWord(statement)) ? 'definition' : 'command';
  return isQuery(statement) ? 'query' : 'command';
}

const wordsOf = ({ tokens }: SqlStatement): string[] => tokens.slice(0, 5).map(({ kind, value }) => (kind === 'word' ? value : ''));
const firstWord = ({ tokens }: SqlStatement): string => tokens[0]?.value ?? '';
