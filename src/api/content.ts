import { Composer, isNode, isScalar, Lexer, LineCounter, Parser, visit, type CST, type Document } from 'yaml';
import { DreyError } from '../domain/errors.ts';
import { VERSION_NUMBER } from '../schema/yaml-scalars.ts';

export const JSON_TYPES = ['application/json', 'application/merge-patch+json'];
export const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml'];

/** No resource is deeper. What walks a body recursively is bounded by it. */
const DEEPEST = 32;
const TOO_DEEP = `it is nested deeper than ${DEEPEST} levels`;

/** More faults of a text than these help nobody. */
const MOST_FAULTS = 10;

/** A manifest of some thirty thousand lines; reading more of them would keep all other requests waiting. */
const MOST_LEXEMES = 200_000;

/** The value of a JSON body, undefined for an empty one. Throws `badRequest` with what is wrong and where. */
export const parseJson = (body: Buffer): unknown => checked(body, (text) => JSON.parse(text) as unknown, 'JSON');

/** The value of a YAML body, undefined for an empty one. Throws `badRequest` with the line and column of each fault. */
export const parseYaml = (body: Buffer): unknown =>
  checked(
    body,
    (text) => {
      const lines = new LineCounter();
      // Its own check for duplicate keys is quadratic: a megabyte of keys would stop the daemon for minutes.
      const [document, second] = new Composer({
        uniqueKeys: false,
        logLevel: 'error',
        customTags: (tags) => [VERSION_NUMBER, ...tags],
      }).compose(tokensOf(text, lines), true, text.length);
      const faults = [...(document?.errors ?? []), ...(document?.warnings ?? []), ...duplicateKeys(document)].map(({ message, pos }) => {
        const { line, col } = lines.linePos(pos[0]);
        return `${message} at line ${line}, column ${col}`;
      });
      if (second !== undefined) faults.push('it has more than one document; send them one by one');
      if (faults.length > 0) throw new SyntaxError(faults.slice(0, MOST_FAULTS).join('; '));
      // An alias may be used, but a few lines of them that unfold to millions of values are refused by toJS.
      return document?.toJS({ maxAliasCount: 100 }) as unknown;
    },
    'YAML',
  );

/** The lexer's and parser's work, bounded: what follows composes by recursion, and half a megabyte of "[" would end the process. */
function* tokensOf(text: string, lines: LineCounter): Generator<CST.Token> {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++lexemes > MOST_LEXEMES) throw new SyntaxError('it has too many parts to be read as YAML; send it as JSON');
    yield* parser.next(lexeme);
    if (parser.stack.length > 3 * DEEPEST) throw new RangeError(TOO_DEEP);
  }
  yield* parser.end();
}

function duplicateKeys(document: Document.Parsed | undefined): { message: string; pos: [number, number] }[] {
  const found: { message: string; pos: [number, number] }[] = [];
  if (document === undefined) return found;
  visit(document, {
    Map: (_key, map) => {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? String(key.value) : String(key);
        const at = isNode(key) ? (key.range?.[0] ?? 0) : 0;
        if (seen.has(name)) found.push({ message: `the key "${name}" is given twice`, pos: [at, at] });
        seen.add(name);
      }
    },
  });
  return found;
}

function checked(body: Buffer, parse: (text: string) => unknown, language: string): unknown {
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    if (text.trim() === '') return undefined;
    value = parse(text);
  } catch (error) {
    // A RangeError: so deep that the parser ran out of stack. A TypeError: TextDecoder's, for bytes that are no UTF-8.
    if (error instanceof RangeError) throw unusable(TOO_DEEP, error);
    if (error instanceof TypeError) throw unusable('it is not UTF-8', error);
    throw unusable(`it is not ${language}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  assertKeepable(value, 0);
  return value ?? undefined;
}

/** Throws `badRequest` for what JSON and YAML can say and no resource can hold. */
function assertKeepable(value: unknown, depth: number): void {
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) throw unusable('a text in it has half a surrogate pair');
  if (typeof value === 'number' && !Number.isFinite(value)) throw unusable(`${value} is not a number that can be kept`);
  if (typeof value !== 'object' || value === null) return;
  if (depth >= DEEPEST) throw unusable(TOO_DEEP);
  if (Object.hasOwn(value, '__proto__')) throw unusable('a field may not be called __proto__');
  for (const [key, inner] of Object.entries(value)) {
    assertKeepable(key, depth);
    assertKeepable(inner, depth + 1);
  }
}

const unusable = (message: string, cause?: unknown): DreyError =>
  new DreyError('badRequest', `the body is not usable: ${message}`, { cause });
