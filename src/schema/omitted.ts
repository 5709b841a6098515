import type { TSchema } from 'typebox';
import { fieldSchema, isObject, mapFields, nodeOf, own } from './walk.ts';

/**
 * Drops what stands for "not given": null anywhere, and "" and {} in declared optional fields, which Go clients send for fields that
 * they leave empty. The values of a map (labels, configuration) may be "".
 */
export function dropOmitted(schema: TSchema, value: unknown): unknown {
  if (!isObject(value)) return value;
  const node = nodeOf(schema);
  return mapFields(value, (field, key) => {
    if (field === null) return undefined;
    const fieldsSchema = fieldSchema(node, key);
    const tidy = fieldsSchema === undefined ? field : dropOmitted(fieldsSchema, field);
    const optional = own(node.properties, key) !== undefined && node.required?.includes(key) !== true;
    return optional && isEmpty(tidy) ? undefined : tidy;
  });
}

const isEmpty = (value: unknown): boolean => value === '' || (isObject(value) && Object.keys(value).length === 0);
