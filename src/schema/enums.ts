import type { TSchema } from 'typebox';
import { fieldSchema, isObject, mapFields, nodeOf } from './walk.ts';

/** Enum values in either case become upper case wherever the schema has upper-case literals. Anything else stays as it is. */
export function raiseEnums(schema: TSchema, value: unknown): unknown {
  const node = nodeOf(schema);
  if (typeof value === 'string') {
    const literals = node.enum ?? [node.const];
    return literals.includes(value.toUpperCase()) ? value.toUpperCase() : value;
  }
  if (Array.isArray(value)) {
    const { items } = node;
    return items === undefined ? value : value.map((item) => raiseEnums(items, item));
  }
  if (!isObject(value)) return value;
  return mapFields(value, (field, key) => {
    const schemaOfField = fieldSchema(node, key);
    return schemaOfField === undefined ? field : raiseEnums(schemaOfField, field);
  });
}
