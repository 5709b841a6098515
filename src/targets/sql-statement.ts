import { placeAt, type TextPlace } from '../domain/sql-lexer.ts';
import type { SqlStatement } from '../domain/sql-script.ts';

/** `run`: as it is; `explain`; or COMPILE PLAN into a file; `temporarily`: a CREATE of what shall only be there for its session. */
export type Purpose = 'run' | 'explain' | 'temporarily' | { readonly planFile: string };

/**
 * A statement of a script as it is sent: behind one line that says what for, and in the columns that it has in the script, so that the places in
 * Flink's errors can be read back.
 */
export function sentStatement(script: string, { kind, body, tokens }: SqlStatement, purpose: Purpose): string {
  // The first line says CREATE TEMPORARY: what follows is placed behind the CREATE of the script.
  const from = purpose === 'temporarily' ? (tokens[0]?.end ?? body.start) : body.start;
  const { column } = placeAt(script, body.start);
  const text = ' '.repeat(column - 1 + from - body.start) + script.slice(from, body.end);
  return kind === 'set' ? `${whatFor(purpose, 'EXECUTE ')}STATEMENT SET BEGIN\n${text}\nEND` : `${whatFor(purpose, '')}\n${text}`;
}

function whatFor(purpose: Purpose, run: string): string {
  if (purpose === 'run') return run;
  if (purpose === 'temporarily') return 'CREATE TEMPORARY';
  // Flink reads no percent signs in it.
  return purpose === 'explain' ? 'EXPLAIN ' : `COMPILE PLAN 'file://${purpose.planFile.replaceAll("'", "''")}' FOR `;
}

/** Where in the script a place in the sent statement is; what stands around it counts as its begin and its end. */
export function placedBack(script: string, { start, body, end }: SqlStatement, { line, column }: TextPlace): TextPlace {
  const first = placeAt(script, body.start);
  if (line < 2) return placeAt(script, start);
  const place = { line: first.line + line - 2, column };
  const last = placeAt(script, end);
  return place.line > last.line || (place.line === last.line && place.column > last.column) ? last : place;
}
