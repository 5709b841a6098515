import { isObject } from '../schema/walk.ts';

/**
 * The document after a merge patch (RFC 7386): objects merge, null removes, anything else replaces. Own code, because the packages for
 * it give up half way at a field called "constructor" or throw at one called "hasOwnProperty", both of which may be labels.
 */
export function mergePatch(document: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(document) ? Object.entries(document) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}
