import { placeAt, sqlTokens, type SqlToken, type TextPlace } from './sql-lexer.ts';
import { scriptOptionFault } from './sql-options.ts';

/** A script is read again for each of its statements. */
const MOST_CHARACTERS = 250_000;
const MOST_STATEMENTS = 1000;
/** More faults than these are not told. */
const MOST_FAULTS = 20;
/** How much of a statement stands for it in a sentence. */
const NAME_LENGTH = 50;

/** One statement of a script; offsets are those of the script. */
export interface SqlStatement {
  /** `setting`: SET, RESET; `definition`: what declares or removes things; `insert`, `set`: what runs as a Flink job; `other`: what has no place in a Deployment. */
  readonly kind: 'setting' | 'definition' | 'insert' | 'set' | 'other';
  readonly start: number;
  /** Exclusive, without the semicolon. */
  readonly end: number;
  /** What is sent: of an INSERT from that word on, of a statement set its INSERTs. */
  readonly body: { readonly start: number; readonly end: number };
  readonly tokens: readonly SqlToken[];
}

/** A script that may be run: definitions in their order, and the one statement that becomes the Flink job. */
export interface SqlScript {
  readonly definitions: readonly SqlStatement[];
  readonly job: SqlStatement & { readonly kind: 'insert' | 'set' };
}

export interface ScriptFault extends TextPlace {
  /** `form`: it is no statement as it is written; `use`: it has no place in a Deployment. */
  readonly rule: 'form' | 'use';
  readonly message: string;
}

/** Their first words. */
const DEFINING = new Set(['CREATE', 'DROP', 'ALTER', 'USE', 'LOAD', 'UNLOAD', 'ADD']);
const QUERYING = new Set(['SELECT', 'WITH', 'VALUES', 'TABLE', '(']);

/** What a script is made of; empty statements are left out. Never throws. */
export function statementsOf(script: string): SqlStatement[] {
  const statements: SqlStatement[] = [];
  const tokens = sqlTokens(script);
  for (let first = 0; first < tokens.length;) {
    const opening = openingOf(tokens, first);
    const last = opening === undefined ? endOfStatement(tokens, first) : endOfSet(tokens, opening);
    if (last > first) statements.push(statementOf(tokens.slice(first, last), opening === undefined ? undefined : opening - first));
    // What stands directly behind the END of a set is a statement like any other.
    const ender = tokens[last];
    first = ender !== undefined && !isSemicolon(ender) ? last : last + 1;
  }
  return statements;
}

/** Why a script cannot be run: what, and where; empty when it can. What only Flink can say is not known here. */
export function scriptFaults(script: string): ScriptFault[] {
  if (script.length > MOST_CHARACTERS) {
    return [{ line: 1, column: 1, rule: 'use', message: `the script has ${script.length} characters; at most ${MOST_CHARACTERS} are run` }];
  }
  const statements = statementsOf(script);
  const excess = statements[MOST_STATEMENTS];
  if (excess !== undefined) {
    const message = `the script has ${statements.length} statements; at most ${MOST_STATEMENTS} are run`;
    return [{ ...placeAt(script, excess.start), rule: 'use', message }];
  }
  const faults: ScriptFault[] = [];
  for (const [i, statement] of statements.entries()) {
    if (faults.length < MOST_FAULTS) faults.push(...statementFaults(script, statement, i + 1));
  }
  const jobs = statements.flatMap((statement, i) => (isJob(statement) ? [{ statement, number: i + 1 }] : []));
  const [first, second] = jobs;
  if (second !== undefined) {
    const message = `${named(script, second.statement, second.number)} is one INSERT too many: a script has exactly one INSERT, or several in EXECUTE STATEMENT SET BEGIN … END`;
    faults.push({ ...placeAt(script, second.statement.start), rule: 'use', message });
  }
  const trailing = first === undefined ? undefined : statements[first.number];
  if (trailing !== undefined && second === undefined && trailing.kind !== 'other') {
    const message = `${named(script, trailing, (first?.number ?? 0) + 1)} stands after the statement that is run; move it before that`;
    faults.push({ ...placeAt(script, trailing.start), rule: 'use', message });
  }
  if (first === undefined && faults.length === 0) {
    const message =
      statements.length === 0
        ? 'the script is empty; it needs an INSERT INTO, or EXECUTE STATEMENT SET BEGIN … END'
        : 'the script has no INSERT; end it with INSERT INTO, or with EXECUTE STATEMENT SET BEGIN … END';
    faults.push({ ...placeAt(script, script.trimEnd().length), rule: 'use', message });
  }
  return faults;
}

/** A script that has no faults. It is not judged again: with values in place of names its text must not be told. Throws a SyntaxError where there is no INSERT. */
export function parseScript(script: string): SqlScript {
  const statements = statementsOf(script);
  const job = statements.find(isJob);
  if (job === undefined) throw new SyntaxError('the script has no INSERT');
  return { definitions: statements.slice(0, statements.indexOf(job)), job };
}

export const faultWords = ({ line, column, message }: ScriptFault): string => `line ${line}, column ${column}: ${message}`;

/** `statement 3 (INSERT INTO snk SELECT …)`. */
export function named(script: string, { start, end }: SqlStatement, number: number): string {
  const text = script.slice(start, Math.min(end, start + 10 * NAME_LENGTH)).replaceAll(/\s+/g, ' ');
  return `statement ${number} (${text.length > NAME_LENGTH ? `${text.slice(0, NAME_LENGTH)}…` : text})`;
}

export const isJob = (statement: SqlStatement): statement is SqlScript['job'] => statement.kind === 'insert' || statement.kind === 'set';

/** Statements that start Flink jobs of their own when they are run. */
function startsItsOwnJob({ kind, tokens }: SqlStatement): boolean {
  const [first, ...head] = words(tokens.slice(0, 4));
  if (kind === 'definition' && head.includes('MATERIALIZED')) return true;
  const isTable = first === 'CREATE' && head.includes('TABLE');
  let depth = 0;
  return (
    isTable &&
    tokens.some((token, i) => {
      if (token.kind === 'sign') depth += token.value === '(' ? 1 : token.value === ')' ? -1 : 0;
      return depth === 0 && token.kind === 'word' && token.value === 'AS' && i > 2;
    })
  );
}

/** What is wrong with one statement, as far as that can be seen without Flink. */
export function statementFaults(script: string, statement: SqlStatement, number: number): ScriptFault[] {
  const { tokens, start, kind } = statement;
  const fault = (offset: number, what: string, rule: ScriptFault['rule'] = 'form'): ScriptFault => ({
    ...placeAt(script, offset),
    rule,
    message: `${named(script, statement, number)} ${what}`,
  });
  const open = tokens.find((token) => token.closed === false);
  if (open !== undefined) {
    const sign = open.kind === 'comment' ? open.value : script.charAt(open.start);
    return [fault(open.start, `has an opening ${sign} that is never closed`)];
  }
  const bare = bareReference(script, tokens);
  if (bare !== undefined)
    return [fault(bare, "names a secret outside of a plain string; only in one, such as '${name}', a value takes its place")];
  if (kind === 'set' && tokens.at(-1)?.value !== 'END') return [fault(start, 'is a statement set without its END')];
  if (kind === 'set' && statement.body.end <= statement.body.start) return [fault(start, 'is a statement set without an INSERT')];
  if (kind === 'other') return [fault(start, whyNot(tokens[0]), 'use')];
  if (startsItsOwnJob(statement))
    return [fault(start, 'starts a Flink job of its own; declare the table, and fill it by INSERT INTO', 'use')];
  if (kind !== 'setting') return [];
  const option = settingFault(script, tokens);
  return option === undefined ? [] : [fault(tokens[1]?.start ?? start, option, 'use')];
}

function whyNot(first: SqlToken | undefined): string {
  const word = first?.value ?? '';
  if (QUERYING.has(word)) return 'is a query whose result nobody reads; write INSERT INTO a table before it';
  return `cannot be part of a Deployment: ${word.slice(0, NAME_LENGTH)} is none of SET, CREATE, DROP, ALTER, USE, LOAD, UNLOAD, ADD JAR, INSERT and EXECUTE STATEMENT SET`;
}

/**
 * What is wrong with a SET or RESET. Flink reads one with a bare key by a pattern of its own, and any other as SQL, which knows more ways to write
 * a string than is good: the key has to stand there as it is.
 */
function settingFault(script: string, [verb, first, ...rest]: readonly SqlToken[]): string | undefined {
  const isReset = verb?.value === 'RESET';
  if (first === undefined) return scriptOptionFault(isReset, undefined);
  const form = `can be read in two ways; write ${isReset ? "RESET 'key'" : "SET 'key' = 'value'"}`;
  const equals = rest.findIndex(isEquals);
  const key = equals < 0 ? [first, ...rest] : [first, ...rest.slice(0, equals)];
  if (first.kind === 'string' && REFERENCE.test(first.value)) return 'names its option by a secret; only a value may be one';
  if (first.kind === 'string') return key.length === 1 ? scriptOptionFault(isReset, first.value) : form;
  if (key.some(({ kind }) => kind === 'string')) return form;
  // The value of a bare key ends at its first quote, whatever SQL makes of two.
  const values = rest.filter(({ kind }) => kind === 'string').map(({ start, end }) => script.slice(start + 1, end - 1));
  if (values.some((value) => value.includes("'") || REFERENCE.test(value))) return form;
  return scriptOptionFault(isReset, script.slice(first.start, key.at(-1)?.end).toLowerCase());
}

const isEquals = ({ kind, value }: SqlToken): boolean => kind === 'sign' && value === '=';

const REFERENCE = /\$\{[-\w.]+\}/;

/**
 * Where a `${name}` stands outside of a plain string: a value there could be anything, and a name would be shown. E'…' and U&'…' would read the
 * backslashes of a value.
 */
const bareReference = (script: string, tokens: readonly SqlToken[]): number | undefined =>
  tokens.find(
    ({ kind, value, end, isPlain }) =>
      (kind === 'word' && value.endsWith('$') && script.charAt(end) === '{') ||
      ((kind === 'quoted' || isPlain === false) && REFERENCE.test(value)),
  )?.start;

const words = (tokens: readonly SqlToken[]): string[] => tokens.map(({ kind, value }) => (kind === 'word' || kind === 'sign' ? value : ''));

/** Where a statement set begins its INSERTs (the index of that token): behind BEGIN, or behind `BEGIN STATEMENT SET;`. */
function openingOf(tokens: readonly SqlToken[], first: number): number | undefined {
  const next = words(tokens.slice(first, first + 4));
  const begins = (...expected: string[]): boolean => expected.every((word, i) => next[i] === word);
  if (begins('EXECUTE', 'STATEMENT', 'SET', 'BEGIN')) return first + 4;
  if (begins('STATEMENT', 'SET', 'BEGIN')) return first + 3;
  return begins('BEGIN', 'STATEMENT', 'SET', ';') ? first + 4 : undefined;
}

function endOfStatement(tokens: readonly SqlToken[], first: number): number {
  for (let at = first; at < tokens.length; at++) {
    const token = tokens[at];
    if (token !== undefined && isSemicolon(token)) return at;
  }
  return tokens.length;
}

/** Behind the END that begins a statement of its own; that of a CASE follows no semicolon. */
function endOfSet(tokens: readonly SqlToken[], opening: number): number {
  for (let first = opening; first < tokens.length; first = endOfStatement(tokens, first) + 1) {
    if (tokens[first]?.kind === 'word' && tokens[first]?.value === 'END') return first + 1;
  }
  return tokens.length;
}

/** A statement that only reads: its query can be explained. */
export const isQuery = ({ kind, tokens }: SqlStatement): boolean => kind === 'other' && QUERYING.has(tokens[0]?.value ?? '');

const isSemicolon = ({ kind, value }: SqlToken): boolean => kind === 'sign' && value === ';';

function statementOf(tokens: readonly SqlToken[], opening: number | undefined): SqlStatement {
  const start = tokens[0]?.start ?? 0;
  const end = tokens.at(-1)?.end ?? start;
  if (opening !== undefined) {
    const [from, to] = [tokens[opening]?.start ?? end, tokens.at(-2)?.end ?? end];
    return { kind: 'set', start, end, body: { start: from, end: to }, tokens };
  }
  const [first = '', second = ''] = words(tokens);
  if (first === 'EXECUTE' && second === 'INSERT')
    return { kind: 'insert', start, end, body: { start: tokens[1]?.start ?? start, end }, tokens };
  const kind =
    first === 'SET' || first === 'RESET' ? 'setting' : first === 'INSERT' ? 'insert' : DEFINING.has(first) ? 'definition' : 'other';
  return { kind, start, end, body: { start, end }, tokens };
}
