import type { DeploymentDefaults } from '../../src/domain/deployment-defaults.ts';
import { DreyError } from '../../src/domain/errors.ts';
import type { SecretValue } from '../../src/domain/secret-value.ts';
import type { DefaultsStore } from '../../src/ports/defaults.ts';
import type { SecretStore } from '../../src/ports/secrets.ts';

/** What of the Store in memory is about secrets and defaults. */
export function memoryDeclarations(now: () => Date): SecretStore & DefaultsStore {
  const secrets = new Map<string, SecretValue>();
  const defaults = new Map<string, DeploymentDefaults>();
  const keyOf = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`;

  const current = (secret: SecretValue): string => {
    const key = keyOf(secret);
    if (secrets.get(key)?.version !== secret.version)
      throw new DreyError('stalePrecondition', `SecretValue ${secret.name} was changed meanwhile; read it again`);
    return key;
  };

  return {
    secretValues: later((namespace) =>
      [...secrets.values()].filter((secret) => secret.namespace === namespace).sort((a, b) => (a.name < b.name ? -1 : 1)),
    ),
    secretValue: later((namespace, name) => secrets.get(keyOf({ namespace, name }))),
    insertSecretValue: later((secret) => {
      if (secrets.has(keyOf(secret)))
        throw new DreyError('conflict', `a SecretValue named ${secret.name} already exists in namespace ${secret.namespace}`);
      secrets.set(keyOf(secret), secret);
    }),
    updateSecretValue: later((secret) => {
      const next = { ...secret, version: secret.version + 1, modifiedAt: now() };
      secrets.set(current(secret), next);
      return next;
    }),
    deleteSecretValue: later((secret) => void secrets.delete(current(secret))),
    deploymentDefaults: later((namespace) => defaults.get(namespace)),
    writeDeploymentDefaults: later((next) => {
      if ((defaults.get(next.namespace)?.version ?? 0) !== next.version)
        throw new DreyError(
          'stalePrecondition',
          `the DeploymentDefaults of namespace ${next.namespace} were changed meanwhile; read them again`,
        );
      const written = { ...next, version: next.version + 1, modifiedAt: now() };
      defaults.set(next.namespace, written);
      return written;
    }),
  };
}

/** The operation as the port has it: it answers in a later turn, and what it throws is a rejection. */
export const later =
  <A extends readonly unknown[], R>(run: (...args: A) => R) =>
  (...args: A): Promise<R> =>
    Promise.resolve().then(() => run(...args));
