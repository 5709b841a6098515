import { Type, type Static, type TSchema } from 'typebox';
import type { PartialSpec } from '../domain/deployment-defaults.ts';
import type { Fault } from '../schema/faults.ts';
import { dropOmitted } from '../schema/tidy.ts';
import { isObject, kindOf, nodeOf, valueAt } from '../schema/walk.ts';
import { forgetOtherKinds } from './artifact-kind.ts';
import { deploymentFaults, TARGET_FIELDS } from './deployment-input.ts';
import { DeploymentBody } from './deployment-schema.ts';
import { LATER_IN_DEPLOYMENT } from './later.ts';
import { mergePatch } from './merge-patch.ts';
import { bodyOf, strict } from './resource.ts';
import { checkedBody, judgedBody } from './validate.ts';

/** The same schema with every field optional, at every depth. */
function partOf(schema: TSchema): TSchema {
  const { properties = propertiesOfAll(schema), description } = nodeOf(schema);
  if (properties === undefined) return schema;
  const parts = Object.entries(properties).map(([key, field]): [string, TSchema] => [key, Type.Optional(partOf(field))]);
  return Type.Object(Object.fromEntries(parts), { ...strict, ...(description === undefined ? {} : { description }) });
}

/** Of a union by kind what any of its branches has. */
function propertiesOfAll(schema: TSchema): Readonly<Record<string, TSchema>> | undefined {
  const { anyOf = [] } = nodeOf(schema);
  const kinds = anyOf.map(kindOf).filter((kind) => typeof kind === 'string');
  if (kinds.length === 0) return undefined;
  return { ...Object.fromEntries(anyOf.flatMap((branch) => Object.entries(nodeOf(branch).properties ?? {}))), kind: Type.Enum(kinds) };
}

const partOfSpec = partOf(DeploymentBody.properties.spec);

/** A part of the spec of a Deployment. */
export const DefaultsSpecSchema = Type.Unsafe<PartialSpec>(partOfSpec);

/** DeploymentDefaults as a client sends them. A namespace has one, so that it has no name. */
export const DefaultsBody = bodyOf('DeploymentDefaults', () => 'DeploymentDefaults have no name; remove it', DefaultsSpecSchema, {});
export type DefaultsBody = Static<typeof DefaultsBody>;

/** Checked like a Deployment, of which anything may be left out. Throws `badRequest` or `notSupportedYet` with all faults. */
export function checkedDefaults(body: unknown, namespace: string): DefaultsBody {
  const name = valueAt(body, ['metadata', 'name']);
  const rules = { kind: 'DeploymentDefaults', schema: DefaultsBody, later: LATER_IN_DEPLOYMENT, faults: deploymentFaults };
  return checkedBody(rules, body, { namespace, name: typeof name === 'string' ? name : '' });
}

const ConfiguredDefaults = Type.Object({ spec: DefaultsSpecSchema }, strict);

/** The defaults of a configuration, and all that is wrong with them. */
export function configuredDefaults(value: unknown): { spec: PartialSpec; faults: readonly Fault[] } {
  const rules = { schema: ConfiguredDefaults, later: LATER_IN_DEPLOYMENT, faults: deploymentFaults };
  const { value: tidy, later, told } = judgedBody(rules, value);
  const spec = valueAt(tidy, ['spec']);
  return { spec: isObject(spec) ? spec : {}, faults: [...later, ...told] };
}

/** The defaults of all namespaces under those of one. */
export const mergedDefaults = (ofAll: PartialSpec, ofNamespace: PartialSpec = {}): PartialSpec => merged(ofAll, ofNamespace);

/** The body of a Deployment over its defaults: objects merge, lists and anything else of the body replace. What is omitted is not said. */
export function withDefaults(body: unknown, defaults: PartialSpec): unknown {
  const tidy = dropOmitted(DeploymentBody, body);
  if (!isObject(tidy)) return tidy;
  const spec = tidy['spec'] ?? {};
  return isObject(spec) ? { ...tidy, spec: merged(defaults, spec) } : tidy;
}

/** Another target than that of the defaults is not theirs by its other name, and another kind of artifact has none of their fields. */
function merged(defaults: PartialSpec, spec: PartialSpec): PartialSpec {
  const says = (field: string): boolean => spec[field] !== undefined;
  const kept = Object.entries(defaults).filter(([field]) => !TARGET_FIELDS.some((one) => one === field) || !TARGET_FIELDS.some(says));
  const result = mergePatch(forgetOtherKinds(Object.fromEntries(kept), spec), spec);
  return isObject(result) ? result : spec;
}
