import { Type, type Static } from 'typebox';
import type { DeploymentTarget } from '../domain/target.ts';
import { envelopeBody, Id, listSchema, metadataBody, patchOf, resource, ruled, strict, Texts, Time } from './resource.ts';

/** What is wrong with the URL of a session cluster; undefined: nothing. Credentials in it would be shown to everyone who reads the target. */
function urlFault(text: string): string | undefined {
  const example = 'write it as http://host:8081';
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return `"${text}" is not an http or https URL; ${example}`;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return `the URL has credentials in it, which everyone could read; ${example}`;
  return url.search === '' && url.hash === '' ? undefined : `"${text}" has a query or a fragment; ${example}`;
}

const nameFault = (text: string): string | undefined =>
  /^[-0-9a-zA-Z_]{1,250}$/.test(text) ? undefined : `"${text.slice(0, 80)}" is not a name; use at most 250 of 0-9, a-z, A-Z, "-" and "_"`;

const later = () => Type.Optional(Type.Unknown({ description: 'Not supported yet.' }));

const SessionSchema = Type.Object(
  { url: ruled("The JobManager's REST endpoint.", urlFault), sqlGatewayUrl: later(), auth: later(), tls: later() },
  { ...strict, description: 'An existing Flink session cluster.' },
);

const SpecSchema = Type.Object({ session: SessionSchema, kubernetes: later(), process: later() }, strict);

/** A DeploymentTarget as a client sends it. */
export const TargetBody = Type.Object(
  { ...envelopeBody, metadata: Type.Optional(metadataBody(ruled('Unique in the namespace; never changes.', nameFault))), spec: SpecSchema },
  { ...strict, title: 'DeploymentTargetBody' },
);
export type TargetBody = Static<typeof TargetBody>;

export const TargetPatch = patchOf('DeploymentTarget');

export const TargetSchema = resource(
  'DeploymentTarget',
  Type.Object({
    id: Id,
    name: Type.String(),
    namespace: Type.String(),
    createdAt: Time,
    modifiedAt: Time,
    labels: Texts('Free labels.'),
    annotations: Texts('Free annotations.'),
    resourceVersion: Type.Integer(),
  }),
  SpecSchema,
  Type.Object({}, strict),
);
export const TargetListSchema = listSchema('DeploymentTarget', TargetSchema);

export const viewTarget = (target: DeploymentTarget) => ({
  apiVersion: 'v1' as const,
  kind: 'DeploymentTarget' as const,
  metadata: {
    id: target.id,
    name: target.name,
    namespace: target.namespace,
    createdAt: target.createdAt.toISOString(),
    modifiedAt: target.modifiedAt.toISOString(),
    labels: target.labels,
    annotations: target.annotations,
    resourceVersion: target.version,
  },
  spec: target.spec,
  status: {},
});
