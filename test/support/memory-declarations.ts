import type { DeploymentDefaults } from '../../src/domain/deployment-defaults.ts';
import { DreyError } from '../../src/domain/errors.ts';
import type { SecretValue } from '../../src/domain/secret-value.ts';

/** Secrets and defaults in memory: plain operations, to be made promises of. */
export function memoryDeclarations(now: () => Date) {
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
    secretValues: (namespace: string) =>
      [...secrets.values()].filter((secret) => secret.namespace === namespace).sort((a, b) => (a.name < b.name ? -1 : 1)),
    secretValue: (namespace: string, name: string) => secrets.get(keyOf({ namespace, name })),
    insertSecretValue(secret: SecretValue): void {
      if (secrets.has(keyOf(secret)))
        throw new DreyError('conflict', `a SecretValue named ${secret.name} already exists in namespace ${secret.namespace}`);
      secrets.set(keyOf(secret), secret);
    },
    updateSecretValue(secret: SecretValue): SecretValue {
      const next = { ...secret, version: secret.version + 1, modifiedAt: now() };
      secrets.set(current(secret), next);
      return next;
    },
    deleteSecretValue(secret: SecretValue): void {
      secrets.delete(current(secret));
    },
    deploymentDefaults: (namespace: string) => defaults.get(namespace),
    writeDeploymentDefaults(next: DeploymentDefaults): DeploymentDefaults {
      const before = defaults.get(next.namespace);
      if ((before?.version ?? 0) !== next.version)
        throw new DreyError(
          'stalePrecondition',
          `the DeploymentDefaults of namespace ${next.namespace} were changed meanwhile; read them again`,
        );
      const written = { ...before, ...next, version: next.version + 1, modifiedAt: now() };
      defaults.set(next.namespace, written);
      return written;
    },
  };
}
