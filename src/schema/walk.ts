import type { TSchema } from 'typebox';

/** What of a JSON schema the walkers here look at. TypeBox objects are JSON schemas, so this is read from them as data. */
export interface SchemaNode {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, TSchema>>;
  /** false: unknown fields are refused; a schema: a map, and what its values are. */
  readonly additionalProperties?: TSchema | boolean;
  readonly required?: readonly string[];
  readonly items?: TSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly TSchema[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly writeOnly?: boolean;
}

/** A schema seen as the JSON it is. */
export const nodeOf = (schema: TSchema): SchemaNode => schema;

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** An own property; never one of Object.prototype, whatever a client calls its fields. */
export const own = <T>(object: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;

/** The schema of one field of an object: declared by name, or that of a map's values. */
export const fieldSchema = (node: SchemaNode, key: string): TSchema | undefined =>
  own(node.properties, key) ?? (isObject(node.additionalProperties) ? node.additionalProperties : undefined);

/** The branch of a union that a value's `kind` names, in either case; of any other schema itself. */
export function branchOf(schema: TSchema, value: unknown): SchemaNode {
  const node = nodeOf(schema);
  const kind = isObject(value) ? own(value, 'kind') : undefined;
  if (node.anyOf === undefined || typeof kind !== 'string') return node;
  const meant = node.anyOf.find((branch) => kindOf(branch) === kind.toUpperCase());
  return meant === undefined ? node : nodeOf(meant);
}

/** What a branch of a union has for its `kind`. */
export function kindOf(branch: TSchema): unknown {
  const kind = own(nodeOf(branch).properties, 'kind');
  return kind === undefined ? undefined : nodeOf(kind).const;
}

/** The same object with each field replaced by what `change` makes of it; undefined drops the field. */
export function mapFields(value: JsonObject, change: (field: unknown, key: string) => unknown): JsonObject {
  const changed = Object.entries(value).map(([key, field]): [string, unknown] => [key, change(field, key)]);
  return Object.fromEntries(changed.filter(([, field]) => field !== undefined));
}

/** What is at a path inside a value; undefined where there is nothing. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (Array.isArray(at) ? at[Number(key)] : isObject(at) ? own(at, key) : undefined), value);
}
