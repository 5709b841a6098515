import { isObject, mapFields, valueAt } from '../schema/walk.ts';

const ARTIFACT = ['template', 'spec', 'artifact'];

/** What only one kind of artifact has. */
const FIELDS: Readonly<Record<string, readonly string[]>> = { JAR: ['jarUri', 'entryClass', 'mainArgs'], SQLSCRIPT: ['sqlScript'] };

/** A spec without what its artifact has of other kinds than the one that `said`, another part of a spec, names: that part is merged into it. */
export function forgetOtherKinds(spec: unknown, said: unknown): unknown {
  const kind = valueAt(said, [...ARTIFACT, 'kind']);
  if (typeof kind !== 'string' || !Object.hasOwn(FIELDS, kind.toUpperCase())) return spec;
  const others = Object.entries(FIELDS).flatMap(([of, fields]) => (of === kind.toUpperCase() ? [] : fields));
  return without(spec, ARTIFACT, others);
}

function without(value: unknown, [key, ...rest]: readonly string[], fields: readonly string[]): unknown {
  if (!isObject(value)) return value;
  if (key === undefined) return mapFields(value, (field, name) => (fields.includes(name) ? undefined : field));
  return mapFields(value, (field, name) => (name === key ? without(field, rest, fields) : field));
}
