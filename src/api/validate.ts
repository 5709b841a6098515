import type { FastifyInstance } from 'fastify';
import { Type, type Static, type TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { DreyError } from '../domain/errors.ts';
import { faultAt, faultsOf, type Fault } from '../schema/faults.ts';
import { dropOmitted, raiseEnums, textScalars } from '../schema/tidy.ts';
import { fieldSchema, isObject, mapFields, nodeOf, valueAt } from '../schema/walk.ts';
import { laterIn, type LaterRule } from './later.ts';

/** More faults than these are counted, not told. */
const MOST_TOLD = 30;

const NO_QUERY = Type.Object({}, { additionalProperties: false });

/**
 * Query strings are checked before any handler, numbers in them made numbers and ids lower case. An unknown parameter is refused:
 * `dryRun` or a filter that is ignored does harm. Bodies are checked by the handlers, which first have to merge or tidy them.
 */
export function checkQueries(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.schema = { querystring: NO_QUERY, ...route.schema };
  });
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => (data: unknown) => {
    if (httpPart !== 'querystring') return true;
    const value = isObject(data) ? mapFields(data, (text, key) => queryValue(fieldSchema(nodeOf(schema), key), text)) : data;
    const faults = faultsOf(schema, value).map((fault) => ({ ...fault, place: `?${fault.place}` }));
    return faults.length === 0 ? { value } : { error: refusal('badRequest', faults) };
  });
}

function queryValue(schema: TSchema | undefined, text: unknown): unknown {
  if (schema === undefined || typeof text !== 'string') return text;
  const { type, format } = nodeOf(schema);
  if (format === 'uuid') return text.toLowerCase();
  if (type === 'boolean') return text === 'true' || (text === 'false' ? false : text);
  return type === 'integer' && /^\d{1,15}$/.test(text) ? Number(text) : raiseEnums(schema, text);
}

/** What the bodies of one kind are checked against. */
export interface BodyRules<T extends TSchema> {
  readonly kind: string;
  readonly schema: T;
  /** False: resources of this kind have no name. */
  readonly isNamed?: false;
  /** What the schema says of the places that these cover is dropped. */
  readonly later: readonly LaterRule[];
  /** Finds what a schema cannot say. */
  readonly faults?: (value: unknown) => Fault[];
}

/** Where a body was sent to. Without a name: the body has to give one. */
interface Place {
  readonly namespace: string;
  readonly name?: string;
}

/**
 * A body as its schema says it: what stands for "omitted" dropped, texts that look like numbers texts again, enums in upper case. Throws one `badRequest` with every fault in it,
 * or `notSupportedYet` when some of it is for a later release.
 */
export function checkedBody<T extends TSchema>(rules: BodyRules<T>, body: unknown, place: Place): Static<T> {
  if (!isObject(body)) {
    const what = body === undefined ? 'the request has no body' : 'the body is not an object';
    throw new DreyError('badRequest', `${what}; send the resource as JSON or YAML`);
  }
  const { kind, schema, isNamed = true, faults = () => [] } = rules;
  const allFaults = (value: unknown): Fault[] => [...placeFaults(value, kind, place, isNamed), ...faults(value)];
  const { value, later, told } = judgedBody({ ...rules, faults: allFaults }, body);
  if (later.length > 0 || told.length > 0) throw refusal(later.length > 0 ? 'notSupportedYet' : 'badRequest', [...later, ...told]);
  if (!Check(schema, value)) throw new DreyError('badRequest', 'the body is not what the schema in /api/openapi.json says');
  return value;
}

/** The tidied value, what of it is for a later release, and what is wrong with the rest. */
export function judgedBody<T extends TSchema>(rules: Omit<BodyRules<T>, 'kind'>, body: unknown) {
  const { schema, faults = () => [] } = rules;
  const value = raiseEnums(schema, textScalars(schema, dropOmitted(schema, body)));
  const later = laterIn(rules.later, value);
  const wrong = [...faultsOf(schema, value), ...faults(value)];
  const told = wrong.filter(({ path }) => !later.some(({ covers }) => covers.every((key, i) => path[i] === key)));
  return { value, later, told };
}

/** A body that is no resource, as its schema says it. Throws one `badRequest` with every fault in it. */
export function checkedValue<T extends TSchema>(schema: T, body: unknown): Static<T> {
  if (Check(schema, body)) return body;
  throw refusal('badRequest', faultsOf(schema, body));
}

/** What the body says of its own place must be what the path says; a resource of another kind is a mistake, not a detail. */
function placeFaults(body: unknown, kind: string, { namespace, name }: Place, isNamed: boolean): Fault[] {
  const contradiction = (path: readonly string[], right: string | undefined): Fault[] => {
    const said = valueAt(body, path);
    if (typeof said !== 'string' || right === undefined || said === right) return [];
    return [faultAt(path, `is "${said}" and contradicts the path, which is that of "${right}"`)];
  };
  const nameless = isNamed && name === undefined && valueAt(body, ['metadata', 'name']) === undefined;
  return [
    ...contradiction(['kind'], kind),
    ...contradiction(['metadata', 'namespace'], namespace),
    ...contradiction(['metadata', 'name'], name),
    ...(nameless ? [faultAt(['metadata', 'name'], `is missing; give the ${kind} a name`)] : []),
  ];
}

/** One error that tells all faults, a line each. */
export function refusal(code: 'badRequest' | 'notSupportedYet', faults: readonly Fault[]): DreyError {
  const told = faults.slice(0, MOST_TOLD).map(({ place, message }) => ({ place, message }));
  const lines = told.map(({ place, message }) => (place === '' ? message : `${place}: ${message}`));
  if (faults.length > told.length) lines.push(`and ${faults.length - told.length} more`);
  return new DreyError(code, lines.join('\n'), { context: { faults: told } });
}
