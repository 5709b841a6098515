/** Puts `${name}` back where a text holds the value of a secret. */
export type Redact = (text: string) => string;

/** A line of a value with several may come back alone; one that is as short as this says nothing. */
const SHORT_LINE = 6;
/** What may be left of a value where a text was cut. */
const SHORTEST_REST = 3;
/** Flink's answers are cut to lengths from here on. */
const CUT_FROM = 200;

/**
 * The redaction of the values that some secrets have, and had. A value is also found as JSON, SQL, Java or a URI writes it, with its spaces drawn
 * together, by its lines, and by its beginning where a text ends because it was cut.
 */
export function redaction(secrets: readonly { readonly name: string; readonly values: readonly string[] }[]): Redact {
  const shapes = new Map<string, string>();
  for (const { name, values } of secrets) {
    for (const shape of values.flatMap(shapesOf)) if (shape !== '') shapes.set(shape, `\${${name}}`);
  }
  if (shapes.size === 0) return (text) => text;
  // The longest first: one value may hold another.
  const longestFirst = [...shapes.keys()].toSorted((a, b) => b.length - a.length);
  return (text) => withNames(withoutRests(text, longestFirst, shapes), longestFirst, shapes);
}

/** No pattern is made of the values: one that is too large for it would be told in the error. */
function withNames(text: string, values: readonly string[], shapes: ReadonlyMap<string, string>): string {
  // What was found is not searched again: a value may be part of a name.
  let pieces: readonly { readonly text: string; readonly isName?: true }[] = [{ text }];
  for (const value of values) {
    if (!pieces.some((piece) => piece.isName !== true && piece.text.includes(value))) continue;
    const name = { text: shapes.get(value) ?? '', isName: true as const };
    pieces = pieces.flatMap((piece) =>
      piece.isName === true ? [piece] : piece.text.split(value).flatMap((rest, i) => (i === 0 ? [{ text: rest }] : [name, { text: rest }])),
    );
  }
  return pieces.map((piece) => piece.text).join('');
}

function shapesOf(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  return [
    value,
    value.trim(),
    value.trim().replaceAll(/\s+/g, ' '),
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
    value.replaceAll("'", "''"),
    ...javaShapes(value),
    ...pathShapes(value),
    ...(lines.length > 1 ? lines.filter((line) => line.length > SHORT_LINE) : []),
  ];
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

/** As Flink's parser quotes a string that it did not expect, and as Java writes a literal. */
function javaShapes(value: string): string[] {
  const escaped = (text: string, hex: (code: string) => string): string =>
    text.replaceAll(/[^\x20-\x7e]|["\\]/g, (char) => ESCAPES[char] ?? `\\u${hex(char.charCodeAt(0).toString(16).padStart(4, '0'))}`);
  return [escaped(value.replaceAll("'", "''"), (code) => code).replaceAll("'", "\\'"), escaped(value, (code) => code.toUpperCase())];
}

/** As a path of a URI: a backslash is a slash in it, and what is escaped is read. */
function pathShapes(value: string): string[] {
  const path = value.replaceAll('\\', '/');
  try {
    return [path, encodeURI(path.toWellFormed()), decodeURIComponent(path)];
  } catch {
    return [path];
  }
}

/** A text that was cut in the middle of a value ends with the beginning of it, or has that before an ellipsis. */
function withoutRests(text: string, values: readonly string[], shapes: ReadonlyMap<string, string>): string {
  const pieces = text.split('…');
  return pieces
    .map((piece, i) => (i < pieces.length - 1 || text.length >= CUT_FROM ? withoutRest(piece, values, shapes) : piece))
    .join('…');
}

function withoutRest(text: string, values: readonly string[], shapes: ReadonlyMap<string, string>): string {
  const body = text.trimEnd();
  if (values.some((value) => body.endsWith(value))) return text;
  for (const value of values) {
    for (let length = Math.min(value.length - 1, body.length); length >= SHORTEST_REST; length--) {
      if (body.endsWith(value.slice(0, length))) return `${body.slice(0, -length)}${shapes.get(value) ?? ''}${text.slice(body.length)}`;
    }
  }
  return text;
}
