import type { ApiToken, Namespace } from '../../src/domain/access.ts';
import { DreyError } from '../../src/domain/errors.ts';
import type { AccessStore } from '../../src/ports/access.ts';

/** The operations without their promises. */
type Access = { [K in keyof AccessStore]: (...args: Parameters<AccessStore[K]>) => Awaited<ReturnType<AccessStore[K]>> };

/** The AccessStore in memory. `inhabitants` tells what lives in a namespace. */
export function memoryAccess(now: () => Date, inhabitants: (namespace: string) => readonly string[]): Access {
  const namespaces = new Map<string, Namespace>([['default', { name: 'default', roleBindings: [], createdAt: now() }]]);
  const tokens = new Map<string, { token: ApiToken; hash: Buffer }>();
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  const listed = (namespace: string): ApiToken[] =>
    [...tokens.values()].map(({ token }) => token).filter((one) => one.namespace === namespace);
  const find = (namespace: string, name: string): ApiToken | undefined => listed(namespace).find((one) => one.name === name);

  return {
    namespaces: () => [...namespaces.values()].sort(byName),
    namespace: (name) => namespaces.get(name),
    insertNamespace(namespace) {
      if (namespaces.has(namespace.name)) throw new DreyError('conflict', `a Namespace named ${namespace.name} already exists`);
      namespaces.set(namespace.name, namespace);
    },
    updateNamespace(name, roleBindings) {
      const namespace = namespaces.get(name);
      if (namespace !== undefined) namespaces.set(name, { ...namespace, roleBindings });
      return namespaces.get(name);
    },
    deleteNamespace(name) {
      const namespace = namespaces.get(name);
      const found = namespace === undefined ? [] : inhabitants(name);
      if (found.length > 0)
        throw new DreyError('conflict', `namespace ${name} is not empty: ${found.join(', ')}; delete what is in it first`);
      namespaces.delete(name);
      for (const { id } of listed(name)) tokens.delete(id);
      return namespace;
    },
    insertToken(token, hash) {
      if (!namespaces.has(token.namespace)) throw new DreyError('notFound', `there is no namespace "${token.namespace}"`);
      if (find(token.namespace, token.name) !== undefined)
        throw new DreyError('conflict', `an ApiToken named ${token.name} already exists in namespace ${token.namespace}`);
      tokens.set(token.id, { token, hash });
    },
    tokens: (namespace) => listed(namespace).sort(byName),
    token: find,
    tokenByHash: (hash) => [...tokens.values()].find((row) => row.hash.equals(hash)),
    deleteToken(namespace, name) {
      const token = find(namespace, name);
      if (token !== undefined) tokens.delete(token.id);
      return token;
    },
  };
}
