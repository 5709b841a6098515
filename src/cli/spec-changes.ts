import { isDeepStrictEqual } from 'node:util';
import type { JobView } from './wire.ts';

/** A field of a Job's spec that differs; what a Job has not is absent. */
export interface FieldChange {
  /** Its path, joined by dots. */
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Differs between any two Jobs, or says what another field says as well. */
const TOLD_ELSEWHERE = ['userFlinkConfiguration', 'flinkConfiguration.$internal.pipeline.job-id'];

/** What changed from the spec of one Job to that of another, field by field, in the order of the specs; lists are compared whole. Pure. */
export const specChanges = (before: JobView['spec'], after: JobView['spec']): FieldChange[] =>
  changesBelow([], before, after).filter(({ field }) => !TOLD_ELSEWHERE.some((path) => field === path || field.startsWith(`${path}.`)));

function changesBelow(path: readonly string[], before: unknown, after: unknown): FieldChange[] {
  if (isObject(before) || isObject(after)) {
    const [old, now] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
    const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
    return [...keys].flatMap((key) => changesBelow([...path, key], old[key], now[key]));
  }
  if (isDeepStrictEqual(before, after)) return [];
  return [{ field: path.join('.'), ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

/** A value in one line; a dash where there is none. */
export const valueText = (value: unknown): string =>
  value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
