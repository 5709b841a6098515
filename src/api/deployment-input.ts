import { isDeepStrictEqual } from 'node:util';
import type { Deployment, DeploymentSpec, DeploymentTemplate } from '../domain/deployment.ts';
import type { DeploymentTarget } from '../domain/target.ts';
import type { DeploymentInput } from '../engine/deployments.ts';
import { faultAt, type Fault } from '../schema/faults.ts';
import { valueAt } from '../schema/walk.ts';
import { DeploymentBody } from './deployment-schema.ts';
import { laterInDeployment } from './later.ts';
import { placeFaults } from './resource.ts';
import { checkedBody } from './validate.ts';

/** Drey gives each Flink job its Job's id: a value of the user's would break the one rule that all else rests on. */
const RESERVED_OPTION = '$internal.pipeline.job-id';

/** A Deployment's body, checked against its schema and its place. Throws `badRequest` or `notSupportedYet` with all faults. */
export const checkedDeployment = (body: unknown, namespace: string, name: string | undefined): DeploymentBody =>
  checkedBody(DeploymentBody, body, {
    later: laterInDeployment,
    rules: (value) => [...placeFaults(value, { kind: 'Deployment', namespace, name }), ...reservedFaults(value)],
  });

function reservedFaults(body: unknown): Fault[] {
  const path = ['spec', 'template', 'spec', 'flinkConfiguration', RESERVED_OPTION];
  return valueAt(body, path) === undefined ? [] : [faultAt(path, 'is set by Drey, to the id of each Job; remove it')];
}

/** What the user says, with what is omitted filled in. VVP's defaults, but STATELESS and NONE until Savepoints come. */
export function inputFrom({ metadata = {}, spec }: DeploymentBody, target: DeploymentTarget): DeploymentInput {
  const { displayName, labels = {}, annotations = {} } = metadata;
  return { ...(displayName === undefined ? {} : { displayName }), labels, annotations, spec: specFrom(spec, target) };
}

function specFrom(spec: DeploymentBody['spec'], target: DeploymentTarget): DeploymentSpec {
  const { allowNonRestoredState } = spec.restoreStrategy ?? {};
  const { maxSavepointCreationAttempts } = spec;
  return {
    state: spec.state ?? 'CANCELLED',
    upgradeStrategy: { kind: spec.upgradeStrategy?.kind ?? 'STATELESS' },
    restoreStrategy: { kind: 'NONE', ...(allowNonRestoredState === undefined ? {} : { allowNonRestoredState }) },
    deploymentTargetId: target.id,
    deploymentTargetName: target.name,
    maxJobCreationAttempts: spec.maxJobCreationAttempts ?? 4,
    ...(maxSavepointCreationAttempts === undefined ? {} : { maxSavepointCreationAttempts }),
    jobFailureExpirationTime: spec.jobFailureExpirationTime ?? '1h',
    template: templateFrom(spec.template),
  };
}

function templateFrom({ metadata, spec }: DeploymentBody['spec']['template']): DeploymentTemplate {
  const { flinkConfiguration, parallelism = 1, ...rest } = spec;
  const texts = Object.entries(flinkConfiguration ?? {}).map(([key, value]): [string, string] => [key, String(value)]);
  return {
    ...(metadata === undefined ? {} : { metadata }),
    spec: { ...rest, parallelism, ...(texts.length === 0 ? {} : { flinkConfiguration: Object.fromEntries(texts) }) },
  };
}

/** The fields that are kept and do nothing on a session target, each with its value. */
function withoutEffect({ maxSavepointCreationAttempts, template: { spec } }: DeploymentSpec): ReadonlyMap<string, unknown> {
  const { numberOfTaskManagers, resources, logging, kubernetes, artifact } = spec;
  const { additionalDependencies, flinkVersion, flinkImageRegistry, flinkImageRepository, flinkImageTag } = artifact;
  const inTemplate = { numberOfTaskManagers, resources, logging, kubernetes };
  const inArtifact = { additionalDependencies, flinkVersion, flinkImageRegistry, flinkImageRepository, flinkImageTag };
  return new Map(
    [
      ['spec.maxSavepointCreationAttempts', maxSavepointCreationAttempts] as const,
      ...Object.entries(inTemplate).map(([key, value]) => [`spec.template.spec.${key}`, value] as const),
      ...Object.entries(inArtifact).map(([key, value]) => [`spec.template.spec.artifact.${key}`, value] as const),
    ].filter(([, value]) => value !== undefined),
  );
}

/** A sentence on the fields without effect that are new or changed; undefined when there are none: each is told once. */
export function noEffectWarning(spec: DeploymentSpec, before: Deployment | undefined): string | undefined {
  const known = before === undefined ? new Map<string, unknown>() : withoutEffect(before.spec);
  const fresh = [...withoutEffect(spec)].filter(([place, value]) => !isDeepStrictEqual(known.get(place), value)).map(([place]) => place);
  if (fresh.length === 0) return undefined;
  return `kept, and without effect on target ${spec.deploymentTargetName} (a session cluster): ${fresh.join(', ')}`;
}
