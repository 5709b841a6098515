import type { Caller } from '../domain/access.ts';
import { hashOf, isSameHash, isSecret } from '../engine/api-token.ts';
import type { Store } from '../ports/store.ts';

export interface AuthSettings {
  /** False: everyone is the admin. */
  readonly enabled: boolean;
  /** The secret of the admin; undefined: there is no admin. */
  readonly bootstrapToken?: string | undefined;
  readonly requestsPerSecond: number;
}

const ADMIN: Caller = { id: 'admin', role: 'admin' };

/** Tells who asks by the `Authorization` header; undefined: nobody that is known. A token is looked up each time, so that a deleted one is of no use at once. */
export function createCallers(
  store: Pick<Store, 'tokenByHash'>,
  { enabled, bootstrapToken }: AuthSettings,
): (authorization: string | undefined) => Promise<Caller | undefined> {
  const admin = bootstrapToken === undefined ? undefined : hashOf(bootstrapToken);
  return async (authorization = '') => {
    if (!enabled) return ADMIN;
    const secret = /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization)?.[1];
    if (secret === undefined) return undefined;
    const hash = hashOf(secret);
    if (admin !== undefined && isSameHash(admin, hash)) return ADMIN;
    const found = isSecret(secret) ? await store.tokenByHash(hash) : undefined;
    if (found === undefined || !isSameHash(found.hash, hash)) return undefined;
    const { id, role, namespace } = found.token;
    return { id, role, namespace };
  };
}
