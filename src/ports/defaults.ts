import type { DeploymentDefaults } from '../domain/deployment-defaults.ts';

/** What the Deployments of a namespace are made with. */
export interface DefaultsStore {
  deploymentDefaults(namespace: string): Promise<DeploymentDefaults | undefined>;
  /** Writes them at the version after `defaults.version`, 0 being that of a namespace without any. Throws `stalePrecondition`. */
  writeDeploymentDefaults(defaults: DeploymentDefaults): Promise<DeploymentDefaults>;
}
