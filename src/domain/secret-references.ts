import { splitArguments, type Artifact, type JarArtifact } from './artifact.ts';
import type { JobSpec } from './job.ts';
import { offsetAt, placeAt, sqlTokens, type TextPlace } from './sql-lexer.ts';

/**
 * `${name}`, and `${secret_values.name}` as newer releases of VVP write it. `$${name}` is no reference and stands for `${name}`. Anything
 * else with a `$` is the user's own.
 */
const REFERENCE = /\$?\$\{(?:secret_values\.)?([-\w]{1,250})\}/g;

/** What of a spec may name secrets. */
interface Naming {
  readonly artifact: Artifact;
  readonly flinkConfiguration?: Readonly<Record<string, string>>;
  readonly savepointLocation?: string;
}

/** The secrets that a spec names, each once. */
export const secretNamesIn = ({ artifact, flinkConfiguration = {}, savepointLocation = '' }: Naming): string[] =>
  // Joined, not one by one: a script may have more strings than a call has arguments.
  namesIn([...artifactTexts(artifact), savepointLocation, ...Object.values(flinkConfiguration)].join('\n'));

const artifactTexts = (artifact: Artifact): string[] =>
  artifact.kind === 'JAR' ? [artifact.jarUri, artifact.mainArgs ?? ''] : stringsIn(artifact.sqlScript).map(({ text }) => text);

/** Where a script names a secret first; undefined: it does not. */
export function placeOfReference(script: string, name: string): TextPlace | undefined {
  const at = [...script.matchAll(REFERENCE)].find(([whole, named]) => named === name && !isEscaped(whole))?.index;
  return at === undefined ? undefined : placeAt(script, at);
}

/** The secrets that a text names, each once. */
export function namesIn(text: string): string[] {
  const names = [...text.matchAll(REFERENCE)].flatMap(([whole, name]) => (isEscaped(whole) || name === undefined ? [] : [name]));
  return [...new Set(names)];
}

/** A text with what `valueOf` says in place of each name. */
export const withValues = (text: string, valueOf: (name: string) => string): string =>
  text.replaceAll(REFERENCE, (whole: string, name: string) => (isEscaped(whole) ? whole.slice(1) : valueOf(name)));

/** The spec with values in place of names: to be submitted, and never to be stored. Each value stays within its argument of main(). */
export function revealedSpec(spec: JobSpec, valueOf: (name: string) => string): JobSpec {
  const reveal = (text: string): string => withValues(text, valueOf);
  const options = Object.entries(spec.flinkConfiguration).map(([key, value]): [string, string] => [key, reveal(value)]);
  return {
    ...spec,
    // A path in a folder that is named by a secret is kept with its name.
    ...(spec.savepointLocation === undefined ? {} : { savepointLocation: reveal(spec.savepointLocation) }),
    artifact:
      spec.artifact.kind === 'JAR'
        ? revealedJar(spec.artifact, reveal)
        : { ...spec.artifact, sqlScript: revealedScript(spec.artifact.sqlScript, valueOf).text },
    flinkConfiguration: Object.fromEntries(options),
  };
}

function revealedJar({ jarUri, mainArgs, ...artifact }: JarArtifact, reveal: (text: string) => string): JarArtifact {
  const words = mainArgs === undefined ? undefined : splitArguments(mainArgs).map(reveal);
  return { ...artifact, jarUri: reveal(jarUri), ...(words === undefined ? {} : { mainArgs: words.map(quoted).join(' ') }) };
}

/**
 * A script with values in place of the names in its plain strings, each written so that it stays within its quotes.
 * `sourceOffset` tells where a character of it came from: within a value, where the name stands.
 */
function revealedScript(
  script: string,
  valueOf: (name: string) => string,
): { readonly text: string; readonly sourceOffset: (offset: number) => number } {
  let text = '';
  let copied = 0;
  const places: { readonly from: number; readonly source: number; readonly isValue: boolean }[] = [];
  const copyTo = (end: number): void => {
    places.push({ from: text.length, source: copied, isValue: false });
    text += script.slice(copied, end);
    copied = end;
  };
  for (const quoted of stringsIn(script)) {
    for (const match of quoted.text.matchAll(REFERENCE)) {
      const [whole, name = ''] = match;
      const source = quoted.start + match.index;
      copyTo(source);
      places.push({ from: text.length, source, isValue: true });
      text += isEscaped(whole) ? whole.slice(1) : withinQuotes(valueOf(name));
      copied = source + whole.length;
    }
  }
  copyTo(script.length);
  return {
    text,
    sourceOffset(offset) {
      const place = places.findLast(({ from }) => from <= offset);
      return place === undefined ? offset : place.source + (place.isValue ? 0 : offset - place.from);
    },
  };
}

/** A place in the script with values, in the script with names. */
export function sourcePlace(script: string, valueOf: (name: string) => string, at: TextPlace): TextPlace {
  const { text, sourceOffset } = revealedScript(script, valueOf);
  return placeAt(script, sourceOffset(offsetAt(text, at)));
}

const stringsIn = (script: string): { readonly text: string; readonly start: number }[] =>
  sqlTokens(script)
    .filter(({ kind, isPlain }) => kind === 'string' && isPlain === true)
    .map(({ start, end }) => ({ text: script.slice(start, end), start }));

const withinQuotes = (value: string): string => value.replaceAll("'", "''");

const isEscaped = (whole: string): boolean => whole.startsWith('$$');

/** A word as `splitArguments` gives it back, whatever is in it. */
const quoted = (word: string): string => `"${word.replaceAll(/[\\"]/g, '\\$&')}"`;
