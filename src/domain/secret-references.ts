import { splitArguments, type Artifact } from './artifact.ts';
import type { JobSpec } from './job.ts';

/**
 * `${name}`, and `${secret_values.name}` as newer releases of VVP write it. `$${name}` is no reference and stands for `${name}`. Anything
 * else with a `$` is the user's own.
 */
const REFERENCE = /\$?\$\{(?:secret_values\.)?([-\w]{1,250})\}/g;

/** What of a spec may name secrets. */
interface Naming {
  readonly artifact: Pick<Artifact, 'jarUri' | 'mainArgs'>;
  readonly flinkConfiguration?: Readonly<Record<string, string>>;
  readonly savepointLocation?: string;
}

/** The secrets that a spec names, each once. */
export function secretNamesIn({ artifact: { jarUri, mainArgs = '' }, flinkConfiguration = {}, savepointLocation = '' }: Naming): string[] {
  return namesIn(jarUri, mainArgs, savepointLocation, ...Object.values(flinkConfiguration));
}

/** The secrets that texts name, each once. */
export function namesIn(...texts: readonly string[]): string[] {
  const names = texts.flatMap((text) =>
    [...text.matchAll(REFERENCE)].flatMap(([whole, name]) => (isEscaped(whole) || name === undefined ? [] : [name])),
  );
  return [...new Set(names)];
}

/** A text with what `valueOf` says in place of each name. */
export const withValues = (text: string, valueOf: (name: string) => string): string =>
  text.replaceAll(REFERENCE, (whole: string, name: string) => (isEscaped(whole) ? whole.slice(1) : valueOf(name)));

/** The spec with values in place of names: to be submitted, and never to be stored. Each value stays within its argument of main(). */
export function revealedSpec(spec: JobSpec, valueOf: (name: string) => string): JobSpec {
  const reveal = (text: string): string => withValues(text, valueOf);
  const { jarUri, mainArgs, ...artifact } = spec.artifact;
  const words = mainArgs === undefined ? undefined : splitArguments(mainArgs).map(reveal);
  const options = Object.entries(spec.flinkConfiguration).map(([key, value]): [string, string] => [key, reveal(value)]);
  return {
    ...spec,
    // A path in a folder that is named by a secret is kept with its name.
    ...(spec.savepointLocation === undefined ? {} : { savepointLocation: reveal(spec.savepointLocation) }),
    artifact: { ...artifact, jarUri: reveal(jarUri), ...(words === undefined ? {} : { mainArgs: words.map(quoted).join(' ') }) },
    flinkConfiguration: Object.fromEntries(options),
  };
}

const isEscaped = (whole: string): boolean => whole.startsWith('$$');

/** A word as `splitArguments` gives it back, whatever is in it. */
const quoted = (word: string): string => `"${word.replaceAll(/[\\"]/g, '\\$&')}"`;
