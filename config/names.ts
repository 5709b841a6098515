import type { TSchema } from 'typebox';
import { nodeOf } from '../src/schema/walk.ts';
import { SettingsSchema } from './schema.ts';

/** One setting: where it is in `Settings`, and what files and the environment call it. */
export interface Leaf {
  /** `['flink', 'readTimeoutMs']` */
  readonly path: readonly string[];
  /** `drey.flink.read-timeout` */
  readonly name: string;
  /** `DREY_FLINK_READ_TIMEOUT` */
  readonly variable: string;
  readonly schema: TSchema;
}

/** `readTimeoutMs` as files write it: `read-timeout`. */
export const settingName = (key: string): string => key.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The same for all spellings of a key: `readTimeout`, `read-timeout`, `READ_TIMEOUT`. */
export const relaxed = (key: string): string => key.toLowerCase().replaceAll(/[-_]/g, '');

/** The settings and sections of a section by their relaxed names. */
export const fieldsOf = (section: TSchema): ReadonlyMap<string, { key: string; schema: TSchema }> =>
  new Map(Object.entries(nodeOf(section).properties ?? {}).map(([key, schema]) => [relaxed(settingName(key)), { key, schema }]));

export const isSection = (schema: TSchema): boolean => nodeOf(schema).properties !== undefined;
export const isSecret = (schema: TSchema): boolean => nodeOf(schema).writeOnly === true;

export function leafAt(path: readonly string[], schema: TSchema): Leaf {
  const name = ['drey', ...path.map(settingName)].join('.');
  return { path, name, variable: name.replaceAll(/[.-]/g, '_').toUpperCase(), schema };
}

const leavesIn = (section: TSchema, path: readonly string[]): Leaf[] =>
  Object.entries(nodeOf(section).properties ?? {}).flatMap(([key, schema]) =>
    isSection(schema) ? leavesIn(schema, [...path, key]) : [leafAt([...path, key], schema)],
  );

/** Every setting there is. */
export const LEAVES: readonly Leaf[] = leavesIn(SettingsSchema, []);
