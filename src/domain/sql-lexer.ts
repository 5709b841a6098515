/** A piece of a SQL text. White space and comments are no pieces; hints are: their brackets count as signs. */
export interface SqlToken {
  /** `quoted`: a name in backticks (or double quotes, which Flink refuses); `sign`: one character of anything else. */
  readonly kind: 'word' | 'string' | 'quoted' | 'sign';
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Words in upper case; a string's and a name's value without quotes. */
  readonly value: string;
  /** Of a string or a name: false where the text ends within it. */
  readonly closed?: boolean;
  /** Of a string: backslashes escape in it. */
  readonly escapes?: boolean;
}

const WORD = /[\p{L}\p{N}_$]+/uy;
const LINE_COMMENT = /(?:--|\/\/)[^\n\r]*/y;

/**
 * The tokens of a text in Flink's dialect (Calcite, `Lex.JAVA`), as far as statements are told apart by them: strings with `''`, and with a
 * backslash where they begin with E; names in backticks; the comments `--`, `//` and `/* … *\/`. Never throws.
 */
export function sqlTokens(text: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (/\s/.test(char)) at++;
    else if (matchAt(LINE_COMMENT, text, at) !== undefined) at += matchAt(LINE_COMMENT, text, at)?.length ?? 1;
    else if (text.startsWith('/*', at) && text.charAt(at + 2) !== '+') at = endOfComment(text, at);
    else if (char === "'" || char === '`' || char === '"') {
      const token = quotedToken(text, at, char === "'" && isEscapePrefix(tokens.at(-1), at));
      tokens.push(token);
      at = token.end;
    } else {
      const word = matchAt(WORD, text, at);
      const length = word?.length ?? 1;
      tokens.push({ kind: word === undefined ? 'sign' : 'word', start: at, end: at + length, value: word?.toUpperCase() ?? char });
      at += length;
    }
  }
  return tokens;
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Without an end it reaches to the end of the text. */
function endOfComment(text: string, at: number): number {
  const end = text.indexOf('*/', at + 2);
  return end < 0 ? text.length : end + 2;
}

/** `E'…'`: the letter stands directly before the quote. */
const isEscapePrefix = (before: SqlToken | undefined, at: number): boolean =>
  before?.kind === 'word' && before.value === 'E' && before.end === at;

function quotedToken(text: string, start: number, escapes: boolean): SqlToken {
  const quote = text.charAt(start);
  const kind = quote === "'" ? 'string' : 'quoted';
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (escapes && char === '\\') value += text.charAt(++at);
    else if (char !== quote) value += char;
    else if (text.charAt(at + 1) === quote) {
      value += quote;
      at++;
    } else return { kind, start, end: at + 1, value, closed: true, escapes };
  }
  return { kind, start, end: text.length, value, closed: false, escapes };
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
