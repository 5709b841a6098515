import { Type } from 'typebox';
import { sqlTokens, type SqlToken } from '../domain/sql-lexer.ts';
import type { PlannedTables, SqlColumn, SqlTable, SqlTableName } from '../domain/sql-session.ts';
import type { Row } from './gateway-client.ts';
import { read } from './replies.ts';

// What Flink says of the tables of a statement, as far as it is used (measured on 1.20.0 and 2.3.0).

/**
 * The tables in the abstract syntax tree of EXPLAIN, which has views resolved. Names stand there without quotes, so those with a comma and a
 * space, or of a sink with a dot, can be read in several ways: all of them are candidates.
 */
export function tablesOfExplanation(cell: unknown): PlannedTables<SqlTableName> {
  const tree = treeOf(withoutLiterals(typeof cell === 'string' ? cell : ''));
  const found = { LogicalTableScan: new Set<string>(), LogicalSink: new Set<string>() };
  for (const [, node = '', line = ''] of tree.matchAll(/^[ |:+-]*(LogicalTableScan|LogicalSink)\(table=\[(.*)$/gm)) {
    if (node === 'LogicalTableScan') addName(found[node], line, [']], hints=[', ']])']);
    if (node === 'LogicalSink') addName(found[node], line, ['], targetColumns=[', '], fields=[']);
  }
  return {
    sources: [...new Set([...found.LogicalTableScan].map(scannedName))].map((name) => readingsOf(name, ', ')),
    sinks: [...found.LogicalSink].map((name) => readingsOf(name, '.')),
  };
}

/** Metadata columns that are read stand behind the name. */
const scannedName = (text: string): string => text.replace(/^\[/, '').replace(/, metadata=\[.*$/s, '');

/** What stands before the first of the ends that is there. */
function addName(names: Set<string>, line: string, ends: readonly string[]): void {
  const end = ends.map((sign) => line.indexOf(sign)).find((at) => at >= 0);
  if (end !== undefined) names.add(line.slice(0, end));
}

const TREE = '== Abstract Syntax Tree ==\n';

function treeOf(text: string): string {
  const from = text.indexOf(TREE);
  if (from < 0) return '';
  const end = text.indexOf('\n\n== ', from);
  return text.slice(from + TREE.length, end < 0 ? undefined : end);
}

const LITERAL = "_UTF-16LE'";
const END_OF_LITERAL = /[^']*(?:''[^']*)*'/y;

/** Strings stand there as they are, over lines too: one may look like a tree. */
function withoutLiterals(text: string): string {
  const pieces: string[] = [];
  let at = 0;
  for (;;) {
    const found = text.indexOf(LITERAL, at);
    pieces.push(text.slice(at, found < 0 ? undefined : found));
    if (found < 0) return pieces.join('');
    END_OF_LITERAL.lastIndex = found + LITERAL.length;
    if (!END_OF_LITERAL.test(text)) return pieces.join('');
    at = END_OF_LITERAL.lastIndex;
  }
}

/** Each is asked for, twice. */
const MOST_READINGS = 10;

/** The ways to read a text as catalog, database and table, the one with the shortest catalog first. */
function readingsOf(text: string, separator: string): SqlTableName[] {
  const parts = text.split(separator);
  const found: SqlTableName[] = [];
  for (let first = 1; first < parts.length - 1; first++) {
    for (let second = first + 1; second < parts.length && found.length < MOST_READINGS; second++) {
      const [catalogName, databaseName, name] = [parts.slice(0, first), parts.slice(first, second), parts.slice(second)].map((some) =>
        some.join(separator),
      ) as [string, string, string];
      found.push({ catalogName, databaseName, name });
    }
    if (found.length === MOST_READINGS) break;
  }
  return found;
}

const readPlan = read(Type.Object({ nodes: Type.Array(Type.Unknown()) }), ({ nodes }) => nodes);

/** The tables of a compiled plan, by their quoted identifiers; undefined: it is none. */
export function tablesOfPlan(json: string): PlannedTables<SqlTableName> | undefined {
  const nodes = readPlan(json);
  if (nodes === undefined) return undefined;
  const found = { sources: new Map<string, SqlTableName>(), sinks: new Map<string, SqlTableName>() };
  const visit = (value: unknown, key: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const role = key === 'scanTableSource' || key === 'lookupTableSource' ? 'sources' : key === 'dynamicTableSink' ? 'sinks' : undefined;
    const identifier = role === undefined ? undefined : identifierOf(value);
    const name = identifier === undefined ? undefined : quotedName(identifier);
    if (role !== undefined && identifier !== undefined && name !== undefined) found[role].set(identifier, name);
    for (const [field, inner] of Object.entries(value)) visit(inner, field);
  };
  visit(nodes, '');
  return {
    sources: [...found.sources.values()].map((name) => [name]),
    sinks: [...found.sinks.values()].map((name) => [name]),
  };
}

function identifierOf(value: object): string | undefined {
  const table: unknown = 'table' in value ? value.table : undefined;
  if (typeof table !== 'object' || table === null || !('identifier' in table)) return undefined;
  return typeof table.identifier === 'string' ? table.identifier : undefined;
}

/** `` `cat`.`db`.`tbl` ``. */
function quotedName(identifier: string): SqlTableName | undefined {
  const [catalog, database, table, more] = sqlTokens(identifier).filter(({ kind }) => kind === 'quoted');
  if (catalog === undefined || database === undefined || table === undefined || more !== undefined) return undefined;
  return { catalogName: catalog.value, databaseName: database.value, name: table.value };
}

/** How a statement names a table. */
export const quotedIdentifier = ({ catalogName, databaseName, name }: SqlTableName): string =>
  [catalogName, databaseName, name].map((part) => `\`${part.replaceAll('`', '``')}\``).join('.');

/** The rows of DESCRIBE: name, type, nullable, … Time attributes are marked in the type (`TIMESTAMP(3) *ROWTIME*`). */
export function columnsOf(rows: readonly Row[]): SqlColumn[] {
  return rows.map(([name, type, isNullable]) => {
    const plain = String(type).replace(/ \*(ROWTIME|PROCTIME)\*$/, '');
    return { name: String(name), type: isNullable === false || isNullable === 'false' ? `${plain} NOT NULL` : plain };
  });
}

const LONGEST_DEFINITION = 1024 * 1024;

/** What SHOW CREATE TABLE tells besides: `CREATE [TEMPORARY] TABLE …`, and its WITH options. undefined: it is no table's. */
export function definitionOf([row]: readonly Row[]): Pick<SqlTable, 'temporary' | 'properties'> | undefined {
  const text = row?.[0];
  if (typeof text !== 'string' || text.length > LONGEST_DEFINITION) return undefined;
  const tokens = sqlTokens(text);
  const head = tokens.slice(0, 3).map(({ value }) => value);
  const temporary = head[1] === 'TEMPORARY';
  if (head[0] !== 'CREATE' || head[temporary ? 2 : 1] !== 'TABLE') return undefined;
  return { temporary, properties: Object.fromEntries(optionsOf(tokens)) };
}

/** Behind the last WITH outside of brackets: `'key' = 'value', …`. */
function optionsOf(tokens: readonly SqlToken[]): [string, string][] {
  let depth = 0;
  let from = tokens.length;
  for (const [i, { kind, value }] of tokens.entries()) {
    if (kind === 'sign') depth += value === '(' ? 1 : value === ')' ? -1 : 0;
    if (depth === 0 && kind === 'word' && value === 'WITH') from = i;
  }
  const texts = tokens.slice(from).filter(({ kind }) => kind === 'string');
  return texts.flatMap((key, i) => (i % 2 === 0 ? [[key.value, texts[i + 1]?.value ?? ''] satisfies [string, string]] : []));
}
