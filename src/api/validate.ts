import type { Static, TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { DreyError } from '../domain/errors.ts';
import { raiseEnums } from '../schema/enums.ts';
import { faultsOf, type Fault } from '../schema/faults.ts';
import { dropOmitted } from '../schema/omitted.ts';
import { isObject } from '../schema/walk.ts';
import type { LaterFault } from './later.ts';

/** More faults than these are counted, not told. */
const MOST_TOLD = 30;

export interface Rules {
  /** Finds what a later release will understand. What the schema says of the places that it covers is dropped. */
  readonly later?: (value: unknown) => LaterFault[];
  /** Finds what a schema cannot say. */
  readonly rules?: (value: unknown) => Fault[];
}

/**
 * A body as the schema says it: what stands for "omitted" dropped, enums in upper case. Throws one `badRequest` with every fault in it,
 * or `notSupportedYet` when some of it is for a later release.
 */
export function checkedBody<T extends TSchema>(schema: T, body: unknown, { later = () => [], rules = () => [] }: Rules = {}): Static<T> {
  if (!isObject(body)) {
    const what = body === undefined ? 'the request has no body' : 'the body is not an object';
    throw new DreyError('badRequest', `${what}; send the resource as JSON or YAML`);
  }
  const value = raiseEnums(schema, dropOmitted(schema, body));
  const notYet = later(value);
  const wrong = [...faultsOf(schema, value), ...rules(value)].filter((fault) => !notYet.some(({ covers }) => isWithin(fault, covers)));
  if (notYet.length > 0 || wrong.length > 0) throw refusal(notYet.length > 0 ? 'notSupportedYet' : 'badRequest', [...notYet, ...wrong]);
  if (!Check(schema, value)) throw new DreyError('badRequest', 'the body is not what the schema in /api/openapi.json says');
  return value;
}

/** One error that tells all faults, a line each. */
export function refusal(code: 'badRequest' | 'notSupportedYet', faults: readonly Fault[]): DreyError {
  const told = faults.slice(0, MOST_TOLD).map(({ place, message }) => ({ place, message }));
  const lines = told.map(({ place, message }) => (place === '' ? message : `${place}: ${message}`));
  if (faults.length > told.length) lines.push(`and ${faults.length - told.length} more`);
  return new DreyError(code, lines.join('\n'), { context: { faults: told } });
}

const isWithin = ({ path }: Fault, outer: readonly string[]): boolean => outer.every((key, i) => path[i] === key);
