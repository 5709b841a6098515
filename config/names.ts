import type { TSchema } from 'typebox';
import { nodeOf, type SchemaNode } from '../src/schema/walk.ts';
import { ConfigurationSchema } from './schema.ts';

/** One setting: where it is in the schema, and what files and the environment call it. */
export interface Leaf {
  /** `['drey', 'flink', 'readTimeoutMs']` */
  readonly path: readonly string[];
  /** `drey.flink.read-timeout` */
  readonly name: string;
  /** `drey.flink` */
  readonly section: string;
  /** Other names of the same setting. */
  readonly aliases: readonly string[];
  /** Whether its section is not whole without it. */
  readonly isRequired: boolean;
  readonly schema: TSchema;
}

/** Settings and sections by their relaxed names. */
export interface Section {
  readonly name: string;
  readonly fields: ReadonlyMap<string, Leaf | Section>;
}

/** What config/schema.ts notes at a setting besides its rules. */
interface NotedNode extends SchemaNode {
  readonly aliases?: readonly string[];
  /** The longest duration. */
  readonly longest?: string;
  /** It holds a number of bytes. */
  readonly isSize?: boolean;
}

export const notedNode = (schema: TSchema): NotedNode => nodeOf(schema);

/** `readTimeoutMs` as files write it: `read-timeout`. */
const settingName = (key: string): string => key.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The same for all spellings of a key: `readTimeout`, `read-timeout`, `READ_TIMEOUT`. */
export const relaxed = (key: string): string => key.toLowerCase().replaceAll(/[-_]/g, '');

/** `drey.flink.read-timeout` in the environment: `DREY_FLINK_READ_TIMEOUT`. */
export const variableOf = (name: string): string => name.replaceAll(/[.-]/g, '_').toUpperCase();

export const isSection = (field: Leaf | Section): field is Section => 'fields' in field;
export const isSecret = ({ schema }: Leaf): boolean => nodeOf(schema).writeOnly === true;

function sectionOf(schema: TSchema, path: readonly string[]): Section {
  const { properties = {}, required = [] } = nodeOf(schema);
  const name = path.map(settingName).join('.');
  const fields = Object.entries(properties).flatMap(([key, field]): [string, Leaf | Section][] => {
    const inside = [...path, key];
    if (nodeOf(field).properties !== undefined) return [[relaxed(settingName(key)), sectionOf(field, inside)]];
    const keys = [settingName(key), ...(notedNode(field).aliases ?? [])];
    const [own = '', ...aliases] = keys.map((one) => `${name}.${one}`);
    const leaf = { path: inside, name: own, section: name, aliases, isRequired: required.includes(key), schema: field };
    return keys.map((one) => [relaxed(one), leaf]);
  });
  return { name, fields: new Map(fields) };
}

const leavesIn = ({ fields }: Section): Leaf[] =>
  [...new Set(fields.values())].flatMap((field) => (isSection(field) ? leavesIn(field) : [field]));

/** All settings, as the tree that files write: `drey` and `vvp`. */
export const ROOT: Section = sectionOf(ConfigurationSchema, []);

/** Every setting there is. */
export const LEAVES: readonly Leaf[] = leavesIn(ROOT);
