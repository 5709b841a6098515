import type { TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import { hint, nearest } from './did-you-mean.ts';
import { isObject, nodeOf, own, type SchemaNode } from './walk.ts';

/** One sentence about one place; `key` names the field below the error's own place that it is about. */
export interface Sentence {
  readonly key?: string;
  readonly message: string;
  /** Of several sentences about one place the most telling is kept: a value of the wrong type breaks every other rule too. */
  readonly rank: 'type' | 'rule' | 'detail';
}

const EXAMPLE_ID = '01930a5c-7b1e-7c3a-9f00-0123456789ab';

/** More unknown fields than these in one object are no typing errors. */
const MOST_UNKNOWN = 100;

/** Says a validation error in words: what is wrong, and what would be right. `node` is the schema that the value breaks. */
export function sentences(error: TLocalizedValidationError, node: SchemaNode, value: unknown): Sentence[] {
  const there = node.writeOnly === true ? 'what is there' : shown(value);
  const detail = (message: string): Sentence[] => [{ message, rank: 'detail' }];
  // A field that the schema refuses is reported by additionalProperties as well; a map's bad value by the value's own schema.
  if (error.keyword === 'boolean') return [];
  if (error.keyword === 'additionalProperties') {
    if (node.additionalProperties !== false) return [];
    const known = Object.keys(node.properties ?? {});
    return error.params.additionalProperties
      .slice(0, MOST_UNKNOWN)
      .map((key) => ({ key, message: `unknown field${hint(key, known)}`, rank: 'detail' }));
  }
  if (error.keyword === 'required') {
    return error.params.requiredProperties.map((key) => ({
      key,
      message: `is missing${wanted(own(node.properties, key))}`,
      rank: 'detail',
    }));
  }
  if (error.keyword === 'type') return [{ message: `must be ${either(typesOf(node).map(article))}, not ${there}`, rank: 'type' }];
  if (error.keyword === '~refine') return [{ message: error.message, rank: 'rule' }];
  if (error.keyword === 'enum') return detail(oneOf(error.params.allowedValues, value));
  if (error.keyword === 'const') return detail(oneOf([error.params.allowedValue], value));
  if (error.keyword === 'minimum' || error.keyword === 'maximum') return detail(`must be ${rangeOf(node)}, not ${there}`);
  if (error.keyword === 'format' && error.params.format === 'uuid') return detail(`must be an id like ${EXAMPLE_ID}, not ${there}`);
  return detail(`${error.message}, not ${there}`);
}

/** `must be A or B, not "a"; did you mean "A"?` */
export function oneOf(allowed: readonly unknown[], value: unknown): string {
  const words = allowed.map(String);
  if (value === undefined) return `is missing; it must be ${either(words)}`;
  const near = typeof value === 'string' ? nearest(value, words) : undefined;
  return `must be ${either(words)}, not ${shown(value)}${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

/** `must be a string or an array, not 5` */
export const oneOfTypes = (types: readonly string[], value: unknown): string =>
  `must be ${either(types.map(article))}, not ${shown(value)}`;

export const typesOf = ({ type }: SchemaNode): readonly string[] => (type === undefined ? [] : typeof type === 'string' ? [type] : type);

function wanted(schema: TSchema | undefined): string {
  if (schema === undefined) return '';
  const node = nodeOf(schema);
  return `; it must be ${either(node.enum?.map(String) ?? typesOf(node).map(article))}`;
}

function rangeOf({ minimum, maximum }: SchemaNode): string {
  if (minimum === undefined) return `at most ${maximum ?? 'nothing'}`;
  return maximum === undefined ? `at least ${minimum}` : `from ${minimum} to ${maximum}`;
}

const article = (type: string): string => (/^[aeio]/.test(type) ? `an ${type}` : type === 'null' ? type : `a ${type}`);

const either = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? 'something else') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;

/** A value as a sentence can hold it. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
