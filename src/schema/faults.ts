import type { TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Errors } from 'typebox/value';
import { oneOf, oneOfTypes, sentences, typesOf, type Sentence } from './fault-words.ts';
import { isObject, nodeOf, own, valueAt } from './walk.ts';

/** One thing that is wrong with a value: where, what is wrong, and what would be right. */
export interface Fault {
  /** `spec.template.spec.parallelism`; empty for the value itself. */
  readonly place: string;
  readonly path: readonly string[];
  readonly message: string;
}

// By default TypeBox stops at the eighth error, and a value with ten faults would be reported in two goes.
Settings.Set({ maxErrors: 1000 });

/** All faults of a value against a TypeBox schema, one for each real problem; empty when it is right. */
export function faultsOf(schema: TSchema, value: unknown): Fault[] {
  const found = new Map<string, Fault & Pick<Sentence, 'rank'>>();
  for (const fault of faultsIn(schema, value, [])) {
    const before = found.get(fault.place);
    if (before === undefined || RANKS[fault.rank] < RANKS[before.rank]) found.set(fault.place, fault);
  }
  return [...found.values()].map(({ place, path, message }) => ({ place, path, message }));
}

export const faultAt = (path: readonly string[], message: string): Fault => ({ place: placeOf(path), path, message });

const RANKS = { type: 0, rule: 1, detail: 2 } as const;

type RankedFault = Fault & Pick<Sentence, 'rank'>;

function faultsIn(schema: TSchema, value: unknown, base: readonly string[]): RankedFault[] {
  const errors = Errors(schema, value);
  // A union reports the errors of all its branches: only those of the branch that was meant are of use.
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf').map(({ schemaPath }) => `${schemaPath}/anyOf/`);
  const real = errors.filter(({ schemaPath }) => !unions.some((union) => schemaPath.startsWith(union)));
  return real.flatMap((error) => {
    const inside = segments(error.instancePath);
    const path = [...base, ...inside];
    const at = valueAt(value, inside);
    const broken = schemaAt(schema, error.schemaPath);
    if (error.keyword === 'anyOf') return faultsInUnion(broken, at, path);
    return sentences(error, nodeOf(broken), at).map(({ key, message, rank }) => ({
      ...faultAt(key === undefined ? path : [...path, key], message),
      rank,
    }));
  });
}

/** The faults against the branch of the value's `kind`, or of its type; without such a branch, what the branches are. */
function faultsInUnion(union: TSchema, value: unknown, path: readonly string[]): RankedFault[] {
  const branches = nodeOf(union).anyOf ?? [];
  const kind = isObject(value) ? own(value, 'kind') : undefined;
  const ofType = branches.filter((branch) => isOfType(value, typesOf(nodeOf(branch))));
  const meant = ofType.length === 1 ? ofType[0] : ofType.find((branch) => kindOf(branch) !== undefined && kindOf(branch) === kind);
  if (meant !== undefined) return faultsIn(meant, value, path);
  const kinds = ofType.map(kindOf).filter((known) => known !== undefined);
  if (kinds.length > 0) return [{ ...faultAt([...path, 'kind'], oneOf(kinds, kind)), rank: 'detail' }];
  const types = branches.flatMap((branch) => typesOf(nodeOf(branch)));
  return [{ ...faultAt(path, oneOfTypes([...new Set(types)], value)), rank: 'type' }];
}

/** Whether a value has one of the types of a schema; a number may be meant as an integer. */
function isOfType(value: unknown, types: readonly string[]): boolean {
  const type = Array.isArray(value) ? 'array' : typeof value;
  return types.includes(type) || (type === 'number' && types.includes('integer'));
}

function kindOf(branch: TSchema): unknown {
  const kind = own(nodeOf(branch).properties, 'kind');
  return kind === undefined ? undefined : nodeOf(kind).const;
}

const segments = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

function schemaAt(schema: TSchema, pointer: string): TSchema {
  const found = valueAt(schema, segments(pointer));
  return isObject(found) ? found : {};
}

const placeOf = (path: readonly string[]): string =>
  path
    .map((key) => (/^\d+$/.test(key) ? `[${key}]` : /^[\w-]{1,80}$/.test(key) ? `.${key}` : `["${key.slice(0, 80)}"]`))
    .join('')
    .replace(/^\./, '');
