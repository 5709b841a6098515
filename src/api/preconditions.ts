import type { FastifyRequest } from 'fastify';
import { DreyError } from '../domain/errors.ts';

/**
 * The version that a change relies on: `If-Match` or a `metadata.resourceVersion` above 0; undefined: none. Throws `badRequest` when
 * the header is not one version, or the two differ.
 */
export function expectedVersion({ headers }: Pick<FastifyRequest, 'headers'>, resourceVersion = 0): number | undefined {
  const inBody = resourceVersion === 0 ? undefined : resourceVersion;
  const header = headers['if-match']?.trim();
  if (header === undefined || header === '*') return inBody;
  const inHeader = /^(?:W\/)?"?(\d{1,10})"?$/.exec(header)?.[1];
  if (inHeader === undefined) {
    throw new DreyError('badRequest', `If-Match: ${header} is not one version; write it as the ETag said, like "7"`);
  }
  if (inBody !== undefined && inBody !== Number(inHeader)) {
    throw new DreyError('badRequest', `If-Match says version ${inHeader} and metadata.resourceVersion says ${inBody}; send one of them`);
  }
  return Number(inHeader);
}

/** Whether a read may be answered with 304: the client has this version. */
export function isUnmodified({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>, version: number): boolean {
  const header = headers['if-none-match'];
  if (header === undefined || (method !== 'GET' && method !== 'HEAD')) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === `"${version}"`);
}

/** `If-None-Match: *` on a PUT: it may only create. Throws `stalePrecondition` for what exists, `badRequest` for a version. */
export function assertMayReplace({ headers }: Pick<FastifyRequest, 'headers'>, what: string): void {
  const header = headers['if-none-match']?.trim();
  if (header === undefined) return;
  if (header !== '*')
    throw new DreyError('badRequest', `If-None-Match: ${header} is not understood on a change; it may be * (create only)`);
  throw new DreyError('stalePrecondition', `${what} exists, and If-None-Match: * is for creating it`);
}

/** Throws `stalePrecondition` for another version than the one that the change relies on. */
export function assertCurrent(what: string, version: number, expected: number | undefined): void {
  if (expected !== undefined && expected !== version) throw stale(what, expected, version);
}

export const stale = (what: string, expected: number, version: number): DreyError =>
  new DreyError('stalePrecondition', `${what} is not at resourceVersion ${expected} (now ${version}); read it again and repeat the change`);

/** A resource that is only to be replaced is not created. Throws `stalePrecondition`. */
export function assertNoneExpected({ headers }: Pick<FastifyRequest, 'headers'>, expected: number | undefined, what: string): void {
  if (expected === undefined && headers['if-match'] === undefined) return;
  throw new DreyError(
    'stalePrecondition',
    `${what} does not exist, and the request is for a version of it; leave resourceVersion and If-Match out to create it`,
  );
}
