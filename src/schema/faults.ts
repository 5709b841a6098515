import { Type, type TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import { Settings } from 'typebox/system';
import { Errors } from 'typebox/value';
import { hint, nearest } from './did-you-mean.ts';
import { isObject, kindOf, nodeOf, own, valueAt, type SchemaNode } from './walk.ts';

/** One thing that is wrong with a value: where, what is wrong, and what would be right. */
export interface Fault {
  /** `spec.template.spec.parallelism`; empty for the value itself. */
  readonly place: string;
  readonly path: readonly string[];
  readonly message: string;
}

/** Of several faults at one place that with the lowest rank is kept: a value of the wrong type breaks every other rule too. */
interface RankedFault extends Fault {
  readonly rank: number;
}

const EXAMPLE_ID = '01930a5c-7b1e-7c3a-9f00-0123456789ab';

/** More unknown fields than these in one object are no typing errors. */
const MOST_UNKNOWN = 100;

// By default TypeBox stops at the eighth error, and a value with ten faults would be reported in two goes.
Settings.Set({ maxErrors: 1000 });

/** All faults of a value against a TypeBox schema, one for each real problem; empty when it is right. */
export function faultsOf(schema: TSchema, value: unknown): Fault[] {
  const found = new Map<string, RankedFault>();
  for (const fault of faultsIn(schema, value, [])) {
    const before = found.get(fault.place);
    if (before === undefined || fault.rank < before.rank) found.set(fault.place, fault);
  }
  return [...found.values()].map(({ place, path, message }) => ({ place, path, message }));
}

export const faultAt = (path: readonly string[], message: string): Fault => ({ place: placeOf(path), path, message });

/** A text with a rule of its own, which says its fault as a sentence, or undefined. `notes` are for whoever reads the schema. */
export const ruled = (description: string, fault: (text: string) => string | undefined, notes: Readonly<Record<string, unknown>> = {}) =>
  Type.Refine(
    Type.String({ ...notes, description }),
    (text) => fault(text) === undefined,
    (text) => fault(text) ?? '',
  );

function faultsIn(schema: TSchema, value: unknown, base: readonly string[]): RankedFault[] {
  const errors = Errors(schema, value);
  // A union reports the errors of all its branches: only those of the branch that was meant are of use.
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf').map(({ schemaPath }) => `${schemaPath}/anyOf/`);
  const real = errors.filter(({ schemaPath }) => !unions.some((union) => schemaPath.startsWith(union)));
  return real.flatMap((error) => {
    const inside = segments(error.instancePath);
    const path = [...base, ...inside];
    const at = valueAt(value, inside);
    const broken = valueAt(schema, segments(error.schemaPath));
    const node = nodeOf(isObject(broken) ? broken : {});
    if (error.keyword === 'anyOf') return faultsInUnion(node, at, path);
    const rank = error.keyword === 'type' ? 0 : error.keyword === '~refine' ? 1 : 2;
    return inWords(error, node, at, path).map((fault) => ({ ...fault, rank }));
  });
}

/** The faults against the branch of the value's `kind`, or of its type; without such a branch, what the branches are. */
function faultsInUnion({ anyOf: branches = [] }: SchemaNode, value: unknown, path: readonly string[]): RankedFault[] {
  const kind = isObject(value) ? own(value, 'kind') : undefined;
  const ofType = branches.filter((branch) => isOfType(value, typesOf(nodeOf(branch))));
  const meant = ofType.length === 1 ? ofType[0] : ofType.find((branch) => kindOf(branch) !== undefined && kindOf(branch) === kind);
  if (meant !== undefined) return faultsIn(meant, value, path);
  const kinds = ofType.map(kindOf).filter((known) => known !== undefined);
  if (kinds.length > 0) return [{ ...faultAt([...path, 'kind'], mustBeOneOf(kinds, kind)), rank: 2 }];
  const types = new Set(branches.flatMap((branch) => typesOf(nodeOf(branch))));
  return [{ ...faultAt(path, `must be ${either([...types].map(article))}, not ${shown(value)}`), rank: 0 }];
}

/** Whether a value has one of the types of a schema; a number may be meant as an integer. */
function isOfType(value: unknown, types: readonly string[]): boolean {
  const type = Array.isArray(value) ? 'array' : typeof value;
  return types.includes(type) || (type === 'number' && types.includes('integer'));
}

/** Says a validation error in words: what is wrong, and what would be right. `node` is the schema that the value breaks. */
function inWords(error: TLocalizedValidationError, node: SchemaNode, value: unknown, path: readonly string[]): Fault[] {
  const there = node.writeOnly === true ? 'what is there' : shown(value);
  const here = (message: string): Fault[] => [faultAt(path, message)];
  // A field that the schema refuses is reported by additionalProperties as well; a map's bad value by the value's own schema.
  if (error.keyword === 'boolean') return [];
  if (error.keyword === 'additionalProperties') {
    if (node.additionalProperties !== false) return [];
    const known = Object.keys(node.properties ?? {});
    const unknown = error.params.additionalProperties.slice(0, MOST_UNKNOWN);
    return unknown.map((key) => faultAt([...path, key], `unknown field${hint(key, known)}`));
  }
  if (error.keyword === 'required') {
    return error.params.requiredProperties.map((key) => faultAt([...path, key], `is missing${wanted(own(node.properties, key))}`));
  }
  if (error.keyword === 'type') return here(`must be ${either(typesOf(node).map(article))}, not ${there}`);
  if (error.keyword === '~refine') return here(error.message);
  if (error.keyword === 'enum') return here(mustBeOneOf(error.params.allowedValues, value));
  if (error.keyword === 'const') return here(mustBeOneOf([error.params.allowedValue], value));
  if (error.keyword === 'minimum' || error.keyword === 'maximum') return here(`must be ${rangeOf(node)}, not ${there}`);
  if (error.keyword === 'format' && error.params.format === 'uuid') return here(`must be an id like ${EXAMPLE_ID}, not ${there}`);
  return here(`${error.message}, not ${there}`);
}

/** `must be A or B, not "a"; did you mean "A"?` */
function mustBeOneOf(allowed: readonly unknown[], value: unknown): string {
  const words = allowed.map(String);
  if (value === undefined) return `is missing; it must be ${either(words)}`;
  const near = typeof value === 'string' ? nearest(value, words) : undefined;
  return `must be ${either(words)}, not ${shown(value)}${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

function wanted(schema: TSchema | undefined): string {
  if (schema === undefined) return '';
  const node = nodeOf(schema);
  return `; it must be ${either(node.enum?.map(String) ?? typesOf(node).map(article))}`;
}

function rangeOf({ minimum, maximum }: SchemaNode): string {
  if (minimum === undefined) return `at most ${maximum ?? 'nothing'}`;
  return maximum === undefined ? `at least ${minimum}` : `from ${minimum} to ${maximum}`;
}

const typesOf = ({ type }: SchemaNode): readonly string[] => (type === undefined ? [] : typeof type === 'string' ? [type] : type);

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

const segments = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

const placeOf = (path: readonly string[]): string =>
  path
    .map((key) => (/^\d+$/.test(key) ? `[${key}]` : /^[\w-]{1,80}$/.test(key) ? `.${key}` : `["${key.slice(0, 80)}"]`))
    .join('')
    .replace(/^\./, '');
