import type { ApiToken, Namespace, RoleBinding } from '../domain/access.ts';

/** Namespaces and API tokens. */
export interface AccessStore {
  /** By name. */
  namespaces(): Promise<Namespace[]>;
  namespace(name: string): Promise<Namespace | undefined>;
  /** Throws `conflict` when the name is taken. */
  insertNamespace(namespace: Namespace): Promise<void>;
  /** Undefined: there is none. */
  updateNamespace(name: string, roleBindings: readonly RoleBinding[]): Promise<Namespace | undefined>;
  /** With its tokens. Throws `conflict` when something lives in it, and says what. Undefined: there is none. */
  deleteNamespace(name: string): Promise<Namespace | undefined>;

  /** Throws `conflict` when the name is taken, and `notFound` when the namespace is gone. */
  insertToken(token: ApiToken, hash: Buffer): Promise<void>;
  /** By name. */
  tokens(namespace: string): Promise<ApiToken[]>;
  token(namespace: string, name: string): Promise<ApiToken | undefined>;
  /** The token with this SHA-256, and the hash as it is kept. */
  tokenByHash(hash: Buffer): Promise<{ readonly token: ApiToken; readonly hash: Buffer } | undefined>;
  /** From now on it opens nothing. Undefined: there is none. */
  deleteToken(namespace: string, name: string): Promise<ApiToken | undefined>;
}
