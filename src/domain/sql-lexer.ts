/** A piece of a SQL text. White space and comments are no pieces; hints are: their brackets count as signs. */
export interface SqlToken {
  /** `quoted`: a name in backticks (or double quotes, which Flink refuses); `comment`: one without an end; `sign`: one character of anything else. */
  readonly kind: 'word' | 'string' | 'quoted' | 'comment' | 'sign';
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Words in upper case; a string's and a name's value without quotes. */
  readonly value: string;
  /** Of a string, a name or a comment: false where the text ends within it. */
  readonly closed?: boolean;
  /** Of a string: a backslash in it is one; not behind E or U&. */
  readonly isPlain?: boolean;
}

const BLANKS = /\s+/y;
const LINE_COMMENT = /(?:--|\/\/)[^\n\r]*/y;
const WORD = /[\p{L}\p{N}_$]+/uy;

/**
 * The tokens of a text in Flink's dialect (Calcite, `Lex.JAVA`), as far as statements are told apart by them: strings with `''`, and with a
 * backslash where they begin with E; names in backticks; the comments `--`, `//` and `/* … *\/`. Never throws.
 */
export function sqlTokens(text: string): readonly SqlToken[] {
  const known = lastRead.get(text);
  const tokens = known ?? read(text);
  // The one that was read last is the last to be forgotten.
  lastRead.delete(text);
  lastRead.set(text, tokens);
  for (const [oldest] of lastRead) if (lastRead.size > MOST_REMEMBERED) lastRead.delete(oldest);
  return tokens;
}

/** Of a script the same tokens are asked for at each of its statements. */
const MOST_REMEMBERED = 4;
const lastRead = new Map<string, readonly SqlToken[]>();

function read(text: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    const skipped = lengthAt(BLANKS, text, at) || lengthAt(LINE_COMMENT, text, at) || lengthOfComment(text, at);
    if (skipped > 0) at += skipped;
    else if (char === "'" || char === '`' || char === '"') {
      const token = quotedToken(text, at, char === "'" ? prefixOf(tokens, at) : undefined);
      tokens.push(token);
      at = token.end;
    } else if (isComment(text, at)) {
      tokens.push({ kind: 'comment', start: at, end: text.length, value: '/*', closed: false });
      at = text.length;
    } else {
      const length = lengthAt(WORD, text, at);
      const end = at + Math.max(1, length);
      tokens.push({ kind: length === 0 ? 'sign' : 'word', start: at, end, value: text.slice(at, end).toUpperCase() });
      at = end;
    }
  }
  return tokens;
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

const isComment = (text: string, at: number): boolean => text.startsWith('/*', at) && text.charAt(at + 2) !== '+';

/** 0: there is none, or it has no end. */
function lengthOfComment(text: string, at: number): number {
  if (!isComment(text, at)) return 0;
  // Calcite takes the sign behind `/**` for a part of the beginning: `/***/` goes on.
  const isFormal = text.charAt(at + 2) === '*' && text.charAt(at + 3) !== '/';
  const end = text.indexOf('*/', at + (isFormal ? 4 : 2));
  return end < 0 ? 0 : end + 2 - at;
}

/** `E'…'`, `U&'…'`: directly before the quote. */
function prefixOf(tokens: readonly SqlToken[], at: number): 'E' | 'U&' | undefined {
  const [before, last] = [tokens.at(-2), tokens.at(-1)];
  if (last?.end !== at) return undefined;
  if (last.kind === 'word' && last.value === 'E') return 'E';
  return last.value === '&' && before?.kind === 'word' && before.value === 'U' && before.end === last.start ? 'U&' : undefined;
}

function quotedToken(text: string, start: number, prefix: 'E' | 'U&' | undefined): SqlToken {
  const quote = text.charAt(start);
  const kind = quote === "'" ? 'string' : 'quoted';
  const isPlain = prefix === undefined;
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (prefix === 'E' && char === '\\') value += text.charAt(++at);
    else if (char !== quote) value += char;
    else if (text.charAt(at + 1) === quote) {
      value += quote;
      at++;
    } else return { kind, start, end: at + 1, value, closed: true, isPlain };
  }
  return { kind, start, end: text.length, value, closed: false, isPlain };
}

/** A place in a text: lines and columns from 1, columns in UTF-16 units, as Flink's parser counts them. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

export function placeAt(text: string, offset: number): TextPlace {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** The offset of a place; of one past the text, its end. */
export function offsetAt(text: string, { line, column }: TextPlace): number {
  let start = 0;
  for (let i = 1; i < line; i++) {
    const [whole] = /\r\n|\r|\n/.exec(text.slice(start)) ?? [];
    if (whole === undefined) return text.length;
    start = text.indexOf(whole, start) + whole.length;
  }
  return Math.min(text.length, start + column - 1);
}
