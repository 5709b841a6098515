import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { Decode } from 'typebox/value';
import { DreyError } from '../src/domain/errors.ts';
import { isSecret, LEAVES } from './names.ts';
import { ConfigurationSchema } from './schema.ts';
import { settingsOf, type Settings } from './settings.ts';
import { readEnvironment, readYaml, type Found } from './sources.ts';

export interface LoadOptions {
  /** The file given with `--config`, relative to `cwd`. */
  readonly configFile?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export interface Loaded {
  readonly settings: Settings;
  readonly warnings: readonly string[];
  /** What is in effect, as a file would write it, without secrets: to be logged. */
  readonly effective: Readonly<Record<string, unknown>>;
}

/**
 * The configuration: `default.yaml`, then `config/local.yaml` of the working directory where there is one, then the given file, then the
 * environment, each overriding the one before. Throws `configuration` with all faults of all sources, each with its place.
 */
export function load({ configFile, env, cwd }: LoadOptions): Loaded {
  // The package itself is found by its name, so that this works from dist and from any working directory; not by
  // import.meta.resolve, which is missing where a test runner loads modules through require.
  const root = dirname(createRequire(import.meta.url).resolve('#root/package.json'));
  const defaults = join(root, 'config/default.yaml');
  const local = join(cwd, 'config/local.yaml');
  const found: Found = { values: new Map(), faults: [], withoutEffect: [] };
  readYaml(found, defaults, 'config/default.yaml');
  if (existsSync(local)) readYaml(found, local, shownFrom(cwd, local));
  if (configFile !== undefined) readYaml(found, resolve(cwd, configFile), shownFrom(cwd, resolve(cwd, configFile)));
  readEnvironment(found, env);
  const faults = [...found.faults, ...missing(found)];
  const ignored = [...new Set(found.withoutEffect)].join(', ');
  const warnings = ignored === '' ? [] : [`settings of VVP that have no effect in this release: ${ignored}`];
  if (faults.length > 0) {
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
    // The warnings too: what is missing may be there, misspelt.
    throw new DreyError('configuration', [`the configuration has ${count}:`, ...faults, ...warnings].join('\n  '));
  }
  const values = [...found.values];
  return {
    settings: settingsOf(Decode(ConfigurationSchema, nested(values.map(([{ path }, { value }]) => [path, value])))),
    warnings,
    effective: nested(values.map(([leaf, { value }]) => [leaf.name.split('.'), isSecret(leaf) ? '***' : value])),
  };
}

/** What is not there although its section is begun. */
const missing = ({ values }: Found): string[] =>
  LEAVES.filter((leaf) => leaf.isRequired && !values.has(leaf)).flatMap(({ name, section }) => {
    const [given] = [...values].filter(([leaf]) => leaf.section === section);
    return given === undefined ? [] : [`${given[1].saidBy} is given without ${name}, which is missing; give both or neither`];
  });

const shownFrom = (cwd: string, path: string): string => {
  const below = relative(cwd, path);
  return below.startsWith('..') || isAbsolute(below) ? path : below;
};

/** One object out of values and their paths. */
function nested(values: readonly (readonly [readonly string[], unknown])[]): Record<string, unknown> {
  const heads = new Set(values.map(([path]) => path[0] ?? ''));
  return Object.fromEntries(
    [...heads].map((head) => {
      const inside = values.filter(([path]) => path[0] === head).map(([path, value]) => [path.slice(1), value] as const);
      const [only] = inside;
      return [head, only?.[0].length === 0 ? only[1] : nested(inside)];
    }),
  );
}
