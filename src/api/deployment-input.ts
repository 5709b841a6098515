import { isDeepStrictEqual } from 'node:util';
import type { Deployment, DeploymentSpec, DeploymentTemplate } from '../domain/deployment.ts';
import { PLACEHOLDERS, unknownPlaceholders } from '../domain/placeholders.ts';
import { sqlOptionFault } from '../domain/sql-options.ts';
import type { DeploymentTarget } from '../domain/target.ts';
import { parseArtifactUri } from '../domain/stored-artifact.ts';
import { inputOf, type DeploymentInput } from '../engine/deployments.ts';
import type { Store } from '../ports/store.ts';
import { hint } from '../schema/did-you-mean.ts';
import { faultAt, type Fault } from '../schema/faults.ts';
import { isObject, valueAt } from '../schema/walk.ts';
import { forgetOtherKinds } from './artifact-kind.ts';
import { DeploymentBody } from './deployment-schema.ts';
import { LATER_IN_DEPLOYMENT } from './later.ts';
import { mergePatch } from './merge-patch.ts';
import { checkedBody, refusal, type BodyRules } from './validate.ts';

/** Drey gives each Flink job its Job's id: a value of the user's would break the one rule that all else rests on. */
const RESERVED_OPTION = ['spec', 'template', 'spec', 'flinkConfiguration', '$internal.pipeline.job-id'];

const RULES: BodyRules<typeof DeploymentBody> = {
  kind: 'Deployment',
  schema: DeploymentBody,
  later: LATER_IN_DEPLOYMENT,
  faults: deploymentFaults,
};

const ARTIFACT_KIND = ['spec', 'template', 'spec', 'artifact', 'kind'];
const JAR_URI = ['spec', 'template', 'spec', 'artifact', 'jarUri'];

/** The store has the jars of each namespace apart. */
function foreignArtifact(body: unknown, namespace: string): Fault[] {
  const uri = valueAt(body, JAR_URI);
  const place = typeof uri === 'string' ? parseArtifactUri(uri) : undefined;
  if (place === undefined || place.namespace === namespace) return [];
  return [faultAt(JAR_URI, `names an artifact of namespace "${place.namespace}"; upload it to "${namespace}"`)];
}

/** What is wrong with a Deployment, or a part of one, that its schema cannot say. */
export function deploymentFaults(body: unknown): Fault[] {
  const reserved =
    valueAt(body, RESERVED_OPTION) === undefined ? [] : [faultAt(RESERVED_OPTION, 'is set by Drey, to the id of each Job; remove it')];
  const options = valueAt(body, RESERVED_OPTION.slice(0, -1));
  const unknown = Object.entries(isObject(options) ? options : {}).flatMap(([key, value]) =>
    unknownPlaceholders(String(value)).map((word) =>
      faultAt([...RESERVED_OPTION.slice(0, -1), key], `{{${word}}} stands for nothing${hint(word, PLACEHOLDERS)}`),
    ),
  );
  return [...reserved, ...unknown, ...sqlOptionFaults(body, options)];
}

/** Of a SQL script the options go to its gateway, which would take more of them than a cluster does. */
function sqlOptionFaults(body: unknown, options: unknown): Fault[] {
  if (valueAt(body, ARTIFACT_KIND) !== 'SQLSCRIPT' || !isObject(options)) return [];
  return Object.keys(options).flatMap((key) => {
    const fault = key === RESERVED_OPTION.at(-1) ? undefined : sqlOptionFault(key);
    return fault === undefined ? [] : [faultAt([...RESERVED_OPTION.slice(0, -1), key], fault)];
  });
}

/** A Deployment's body, checked against its schema and its place. Throws `badRequest` or `notSupportedYet` with all faults. */
export const checkedDeployment = (body: unknown, place: { namespace: string; name?: string }): DeploymentBody =>
  checkedBody({ ...RULES, faults: (value) => [...(RULES.faults?.(value) ?? []), ...foreignArtifact(value, place.namespace)] }, body, place);

export const TARGET_FIELDS = ['deploymentTargetId', 'deploymentTargetName', 'sessionClusterName'] as const;

/**
 * The whole body that a PATCH makes of a Deployment. Where the patch names a target by one of the two fields, the other no longer
 * speaks of the old one; where it names another kind of artifact, the fields of the old one go.
 */
export function patchedDeployment(current: Deployment, patch: unknown): DeploymentBody {
  const { spec, ...metadata } = inputOf(current);
  const given = TARGET_FIELDS.filter((field) => {
    const value = valueAt(patch, ['spec', field]);
    return typeof value === 'string' && value !== '';
  });
  const forgotten = TARGET_FIELDS.filter((field) => given.length > 0 && !given.includes(field));
  const kept = Object.entries(spec).filter(([key]) => !forgotten.some((field) => field === key));
  const document = {
    metadata: { name: current.name, ...metadata },
    spec: forgetOtherKinds(Object.fromEntries(kept), valueAt(patch, ['spec'])),
  };
  return checkedDeployment(mergePatch(document, patch), current);
}

/** The existing target that a spec names. Throws `badRequest` when it names none, one that does not exist, two, or one without a gateway for its script. */
export async function chosenTarget(store: Store, namespace: string, spec: DeploymentBody['spec']): Promise<DeploymentTarget> {
  const { deploymentTargetId: id } = spec;
  const name = spec.deploymentTargetName ?? spec.sessionClusterName;
  const byId = id === undefined ? undefined : await store.target(namespace, id.toLowerCase());
  const byName = name === undefined ? undefined : await store.target(namespace, name);
  if (id !== undefined && byId?.id !== id.toLowerCase()) throw await unknownTarget(store, namespace, 'deploymentTargetId', id);
  if (name !== undefined && byName?.name !== name) throw await unknownTarget(store, namespace, 'deploymentTargetName', name);
  const target = byId ?? byName;
  if (target === undefined) throw await unknownTarget(store, namespace, 'deploymentTargetName', undefined);
  if (spec.template.spec.artifact.kind === 'SQLSCRIPT' && target.spec.session.sqlGatewayUrl === undefined) {
    const message = `is "${target.name}", which has no session.sqlGatewayUrl; a SQLSCRIPT needs a target with one`;
    throw refusal('badRequest', [faultAt(['spec', 'deploymentTargetName'], message)]);
  }
  if (byName !== undefined && byName.id !== target.id) {
    const message = `is "${byName.name}" and contradicts deploymentTargetId, which is that of "${target.name}"; send one of them`;
    throw refusal('badRequest', [faultAt(['spec', 'deploymentTargetName'], message)]);
  }
  return target;
}

async function unknownTarget(store: Store, namespace: string, field: string, said: string | undefined): Promise<Error> {
  const names = (await store.targets(namespace)).map((target) => target.name).slice(0, 20);
  const known = names.length === 0 ? '; there is no DeploymentTarget yet, create one first' : hint(said ?? '', names);
  const message = said === undefined ? `is missing${known}` : `names no DeploymentTarget: "${said}"${known}`;
  return refusal('badRequest', [faultAt(['spec', field], message)]);
}

/** What the user says, with what is omitted filled in by VVP's defaults. */
export function inputFrom({ metadata = {}, spec }: DeploymentBody, target: DeploymentTarget): DeploymentInput {
  const { displayName, labels = {}, annotations = {} } = metadata;
  return { ...(displayName === undefined ? {} : { displayName }), labels, annotations, spec: specFrom(spec, target) };
}

function specFrom(given: DeploymentBody['spec'], target: DeploymentTarget): DeploymentSpec {
  const { upgradeStrategy, restoreStrategy, template, sessionClusterName, ...rest } = given;
  return {
    state: 'CANCELLED',
    upgradeStrategy: { kind: 'STATEFUL', ...upgradeStrategy },
    restoreStrategy: { kind: 'LATEST_STATE', allowNonRestoredState: false, ...restoreStrategy },
    maxJobCreationAttempts: 4,
    maxSavepointCreationAttempts: 4,
    jobFailureExpirationTime: '1h',
    ...rest,
    deploymentTargetId: target.id,
    deploymentTargetName: target.name,
    template: templateFrom(template),
  };
}

function templateFrom({ metadata, spec }: DeploymentBody['spec']['template']): DeploymentTemplate {
  const { flinkConfiguration = {}, parallelism = 1, ...rest } = spec;
  const texts = Object.entries(flinkConfiguration).map(([key, value]): [string, string] => [key, String(value)]);
  return {
    ...(metadata === undefined ? {} : { metadata }),
    spec: { ...rest, parallelism, ...(texts.length === 0 ? {} : { flinkConfiguration: Object.fromEntries(texts) }) },
  };
}

/** What is kept and does nothing on a session target. */
const WITHOUT_EFFECT = [
  ...['numberOfTaskManagers', 'resources', 'logging', 'kubernetes'].map((key) => `spec.template.spec.${key}`),
  'spec.template.spec.artifact.additionalDependencies',
  ...['Version', 'ImageRegistry', 'ImageRepository', 'ImageTag'].map((key) => `spec.template.spec.artifact.flink${key}`),
];

/** A sentence on the fields without effect that are new or changed; undefined when there are none: each is told once. */
export function noEffectWarning(spec: DeploymentSpec, before: Deployment | undefined): string | undefined {
  const fresh = WITHOUT_EFFECT.filter((place) => {
    const value = valueAt({ spec }, place.split('.'));
    return value !== undefined && !isDeepStrictEqual(value, valueAt(before, place.split('.')));
  });
  if (fresh.length === 0) return undefined;
  return `kept, and without effect on target ${spec.deploymentTargetName} (a session cluster): ${fresh.join(', ')}`;
}
