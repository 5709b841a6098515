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

/** Settings and sections by their relaxed names. */
export interface Section {
  readonly name: string;
  readonly fields: ReadonlyMap<string, Leaf | Section>;
}

/** `readTimeoutMs` as files write it: `read-timeout`. */
const settingName = (key: string): string => key.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The same for all spellings of a key: `readTimeout`, `read-timeout`, `READ_TIMEOUT`. */
export const relaxed = (key: string): string => key.toLowerCase().replaceAll(/[-_]/g, '');

export const isSection = (field: Leaf | Section): field is Section => 'fields' in field;
export const isSecret = ({ schema }: Leaf): boolean => nodeOf(schema).writeOnly === true;

function sectionOf(schema: TSchema, path: readonly string[]): Section {
  const fields = Object.entries(nodeOf(schema).properties ?? {}).map(([key, field]): [string, Leaf | Section] => [
    relaxed(settingName(key)),
    nodeOf(field).properties === undefined ? leafOf(field, [...path, key]) : sectionOf(field, [...path, key]),
  ]);
  return { name: nameOf(path), fields: new Map(fields) };
}

function leafOf(schema: TSchema, path: readonly string[]): Leaf {
  const name = nameOf(path);
  return { path, name, variable: name.replaceAll(/[.-]/g, '_').toUpperCase(), schema };
}

const nameOf = (path: readonly string[]): string => ['drey', ...path.map(settingName)].join('.');

const leavesIn = ({ fields }: Section): Leaf[] => [...fields.values()].flatMap((field) => (isSection(field) ? leavesIn(field) : [field]));

/** All settings, as the tree that files write. */
export const ROOT: Section = sectionOf(SettingsSchema, []);

/** Every setting there is. */
export const LEAVES: readonly Leaf[] = leavesIn(ROOT);
