import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { Decode } from 'typebox/value';
import { DreyError } from '../src/domain/errors.ts';
import { environmentSource } from './environment.ts';
import { isSecret, settingName } from './names.ts';
import { SettingsSchema, type Settings } from './schema.ts';
import type { Entry, Source } from './source.ts';
import { yamlSource } from './yaml-source.ts';

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
  const sources: Source[] = [
    yamlSource(defaults, 'config/default.yaml'),
    ...(existsSync(local) ? [yamlSource(local, shownFrom(cwd, local))] : []),
    ...(configFile === undefined ? [] : [yamlSource(resolve(cwd, configFile), shownFrom(cwd, resolve(cwd, configFile)))]),
    environmentSource(env),
  ];
  const faults = sources.flatMap((source) => source.faults);
  if (faults.length > 0) {
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
    throw new DreyError('configuration', `the configuration has ${count}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
  const entries = new Map(sources.flatMap((source) => source.entries).map((entry) => [entry.leaf.name, entry]));
  const inEffect = [...entries.values()];
  return {
    settings: Decode(SettingsSchema, nested(inEffect.map(({ leaf, value }) => [leaf.path, value]))),
    warnings: warningsOf(sources.flatMap((source) => source.withoutEffect)),
    effective: nested(inEffect.map((entry) => [['drey', ...entry.leaf.path.map(settingName)], redacted(entry)])),
  };
}

const shownFrom = (cwd: string, path: string): string => {
  const below = relative(cwd, path);
  return below.startsWith('..') || isAbsolute(below) ? path : below;
};

const redacted = ({ leaf, value }: Entry): unknown => (isSecret(leaf.schema) ? '***' : value);

const warningsOf = (keys: readonly string[]): string[] =>
  keys.length === 0 ? [] : [`settings of VVP that have no effect in this release: ${[...new Set(keys)].join(', ')}`];

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
