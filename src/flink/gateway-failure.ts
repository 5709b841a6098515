import type { TextPlace } from '../domain/sql-lexer.ts';
import { limited, rootCause, type Throwable } from './throwables.ts';

/** Why a statement failed, in Flink's words, and where in the text that was sent. */
export interface StatementFailure {
  readonly message: string;
  readonly at?: TextPlace;
  readonly until?: TextPlace;
}

/** `From line 2, column 12 to line 2, column 14: …`, `At line 1, column 32: …` (Calcite's validator). */
const CONTEXT = /^(?:From|At) line (\d+), column (\d+)(?: to line (\d+), column (\d+))?: (.*)$/s;
/** `Encountered "TABEL" at line 1, column 8.` (the parser), `Lexical error at line 1, column 5.  …`. */
const PARSER = /\bat line (\d+), column (\d+)\b/;

/** It stands above what is wrong with the connector of a table. */
const OF_CONNECTOR = /^Unable to create a (?:source|sink) for (?:reading|writing) table '([^\n]+)'\.\n/;

/** The names of the planner's own exceptions say nothing that their messages do not. */
const OF_TABLES = /^org\.apache\.(flink\.table|calcite)\.[\w.$]+Exception: /;

/** The most exact of the exceptions: what Calcite says with a place, else the root cause. What the parser would have expected instead is left out. */
export function statementFailure(chain: readonly Throwable[]): StatementFailure {
  for (const { message } of chain.toReversed()) {
    const context = CONTEXT.exec(message);
    if (context !== null) {
      const [, line, column, endLine, endColumn, text = ''] = context;
      const at = { line: Number(line), column: Number(column) };
      const until = endLine === undefined ? {} : { until: { line: Number(endLine), column: Number(endColumn) } };
      return { message: limited(text), at, ...until };
    }
  }
  const parser = chain.findLast(({ message }) => PARSER.test(message));
  if (parser !== undefined) {
    const [, line, column] = PARSER.exec(parser.message) ?? [];
    const [text = ''] = parser.message.split(/\s*\bWas expecting\b/);
    // The place that it names is that in the text that was sent, which is told as `at`.
    const message = text.replace(/^SQL parse failed\. /, '').replace(/ at line \d+, column \d+\b/, '');
    return { message: limited(message), at: { line: Number(line), column: Number(column) } };
  }
  const cause = (rootCause(chain) ?? 'Flink gives no cause').replace(OF_TABLES, '');
  const table = chain.map(({ message }) => OF_CONNECTOR.exec(message)?.[1]).find((name) => name !== undefined);
  return { message: table === undefined || cause.includes(table) ? cause : `table ${table}: ${cause}` };
}
