import type { TSchema } from 'typebox';
import { branchOf, fieldSchema, isObject, mapFields, own } from './walk.ts';

/** Enum values in either case become upper case wherever the schema has upper-case literals. Anything else stays as it is. */
export function raiseEnums(schema: TSchema, value: unknown): unknown {
  const node = branchOf(schema, value);
  if (typeof value === 'string') {
    const raised = value.toUpperCase();
    return (node.enum ?? [node.const]).includes(raised) ? raised : value;
  }
  const { items } = node;
  if (Array.isArray(value)) return items === undefined ? value : value.map((item) => raiseEnums(items, item));
  if (!isObject(value)) return value;
  return mapFields(value, (field, key) => raiseEnums(fieldSchema(node, key) ?? {}, field));
}

/**
 * Drops what stands for "not given": null anywhere, and "" and {} in declared optional fields, which Go clients send for fields that
 * they leave empty. The values of a map (labels, configuration) may be "".
 */
export function dropOmitted(schema: TSchema, value: unknown): unknown {
  if (!isObject(value)) return value;
  const node = branchOf(schema, value);
  return mapFields(value, (field, key) => {
    if (field === null) return undefined;
    const inner = fieldSchema(node, key);
    const tidy = inner === undefined ? field : dropOmitted(inner, field);
    const optional = own(node.properties, key) !== undefined && node.required?.includes(key) !== true;
    return optional && isEmpty(tidy) ? undefined : tidy;
  });
}

/** Numbers and booleans where a text belongs become that text, as VVP reads them: `flinkVersion: 1.19`, an annotation that is `true`. */
export function textScalars(schema: TSchema, value: unknown): unknown {
  const { type, items, ...node } = branchOf(schema, value);
  if (typeof value === 'number' || typeof value === 'boolean') return type === 'string' ? String(value) : value;
  if (Array.isArray(value)) return items === undefined ? value : value.map((item) => textScalars(items, item));
  if (!isObject(value)) return value;
  return mapFields(value, (field, key) => textScalars(fieldSchema(node, key) ?? {}, field));
}

const isEmpty = (value: unknown): boolean => value === '' || (isObject(value) && Object.keys(value).length === 0);
