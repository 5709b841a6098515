import type { FastifyReply } from 'fastify';
import { Type, type Static, type TProperties, type TSchema } from 'typebox';
import type { PartialSpec } from '../domain/deployment-defaults.ts';
import type { Due } from '../domain/due.ts';
import { DreyError } from '../domain/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { ArtifactStore } from '../ports/artifacts.ts';
import type { Log } from '../ports/log.ts';
import type { SecretBox } from '../ports/secrets.ts';
import type { Store } from '../ports/store.ts';
import type { TargetDriver } from '../ports/targets.ts';
import { hint } from '../schema/did-you-mean.ts';
import { ruled } from '../schema/faults.ts';
import type { AuthSettings } from './callers.ts';
import type { Watch, WatchLimits } from './watch/watch.ts';
import { isUnmodified } from './preconditions.ts';

// What all resources have in common: VVP's `{apiVersion, kind, metadata, spec, status}`.

/** What the routes are made of. */
export interface ApiParts {
  readonly store: Store;
  readonly engine: Engine;
  /** To look at clusters, and to check scripts. */
  readonly targets: Pick<TargetDriver, 'cluster' | 'sqlGateway'>;
  readonly auth: AuthSettings;
  /** For the rate limit; omitted: the process's clock. */
  readonly monotonicMs?: () => number;
  readonly artifacts: ArtifactStore;
  readonly secretBox: SecretBox;
  /** Those of the configuration, for Deployments of all namespaces. */
  readonly globalDefaults: PartialSpec;
  readonly version: string;
  readonly log: Log;
  readonly watchLimits?: WatchLimits;
}

/** The parts, with what is made once for all routes. */
export interface RouteParts extends ApiParts {
  readonly watch: Watch;
}

export interface InNamespace {
  Params: { namespace: string };
}
export interface AtPlace {
  Params: { namespace: string; nameOrId: string };
}

/** `?dryRun=true`: everything is checked, decided and answered, and nothing is written. */
export const ChangeQuery = Type.Object(
  {
    dryRun: Type.Optional(
      Type.Boolean({ description: 'true: nothing is written; the answer is what would be. What would be made has the nil id.' }),
    ),
  },
  { additionalProperties: false },
);
export interface Change {
  Querystring: Static<typeof ChangeQuery>;
}

export const strict = { additionalProperties: false } as const;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);

/** A name as it is; an id, which a request may have in either case, in lower case. */
export const nameOrLowerId = (nameOrId: string): string => (isUuid(nameOrId) ? nameOrId.toLowerCase() : nameOrId);

/** What is wrong with the name of a DeploymentTarget or a SecretValue; undefined: nothing. */
export const wideNameFault = (text: string): string | undefined =>
  /^[-0-9a-zA-Z_]{1,250}$/.test(text) ? undefined : `"${text.slice(0, 80)}" is not a name; use at most 250 of 0-9, a-z, A-Z, "-" and "_"`;

export const Id = Type.String({ format: 'uuid' });
export const Time = Type.String({ format: 'date-time', description: 'ISO 8601, UTC.' });
export const Texts = (description: string) =>
  Type.Unsafe<Record<string, string>>({ type: 'object', additionalProperties: { type: 'string' }, description });

const labels = Texts('Free labels.');
const annotations = Texts('Free annotations.');
const ignored = Type.Optional(Type.Unknown({ readOnly: true, description: 'Owned by the server: accepted and ignored.' }));
const resourceVersion = Type.Integer({
  minimum: 0,
  maximum: 4_294_967_295,
  description:
    'Above 0: the change is refused when another user has changed the resource since. What Drey writes into its status does not count.',
});

/** A resource as a client sends it; what the server owns is ignored, whatever it says. A contradicting kind is found by `checkedBody`. */
export const bodyOf = <S extends TSchema, M extends TProperties>(
  kind: string,
  nameFault: (name: string) => string | undefined,
  spec: S,
  metadata: M,
) =>
  Type.Object(
    {
      kind: Type.Optional(Type.String()),
      apiVersion: ignored,
      status: ignored,
      metadata: Type.Optional(
        Type.Object(
          {
            name: Type.Optional(ruled('Unique in the namespace; never changes.', nameFault)),
            ...metadata,
            namespace: Type.Optional(Type.String()),
            labels: Type.Optional(labels),
            annotations: Type.Optional(annotations),
            resourceVersion: Type.Optional(resourceVersion),
            id: ignored,
            createdAt: ignored,
            modifiedAt: ignored,
            terminatedAt: ignored,
          },
          strict,
        ),
      ),
      spec,
    },
    { ...strict, title: `${kind}Body` },
  );

/** What a PATCH takes: any part of the resource. It is checked once it is merged. */
export const patchOf = (kind: string) =>
  Type.Object({}, { title: `${kind}Patch`, description: `RFC 7386: any part of a ${kind}; null removes a field.` });

/** What of the metadata users give: of Deployments and DeploymentTargets. */
export const named = { name: Type.String(), labels };

/** The documented shape of what `view` makes. */
export const resource = <M extends TProperties, S extends TSchema, T extends TSchema>(kind: string, metadata: M, spec: S, status: T) =>
  Type.Object(
    {
      apiVersion: Type.Literal('v1'),
      kind: Type.Literal(kind),
      metadata: Type.Object({
        id: Id,
        ...metadata,
        namespace: Type.String(),
        createdAt: Time,
        modifiedAt: Time,
        annotations,
        resourceVersion: Type.Integer(),
      }),
      spec,
      status,
    },
    { title: kind },
  );

interface Row {
  readonly id: string;
  readonly namespace: string;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly annotations: Readonly<Record<string, string>>;
  readonly version: number;
}

/** What Drey does next about a resource, and when. */
export const DueSchema = Type.Object({ command: Type.String(), at: Time }, { description: 'What is done next, from when on.' });

/** `status.due` of a Job or a Deployment. */
export const viewDue = (due: Due | undefined) =>
  due === undefined ? {} : { due: { command: due.command.kind, at: due.at.toISOString() } };

/** A resource as it is answered. */
export const view = <K extends string, M extends object, S, T>(kind: K, row: Row, metadata: M, spec: S, status: T) => ({
  apiVersion: 'v1' as const,
  kind,
  metadata: {
    id: row.id,
    ...metadata,
    namespace: row.namespace,
    createdAt: row.createdAt.toISOString(),
    modifiedAt: row.modifiedAt.toISOString(),
    annotations: row.annotations,
    resourceVersion: row.version,
  },
  spec,
  status,
});

export const listSchema = <T extends TSchema>(kind: string, item: T) =>
  Type.Object(
    {
      apiVersion: Type.Literal('v1'),
      kind: Type.Literal(`${kind}List`),
      metadata: Type.Object({ continue: Type.Optional(Type.String({ description: 'Given back as `continue`, it reads on from here.' })) }),
      items: Type.Array(item),
    },
    { title: `${kind}List` },
  );

export const listOf = <T>(kind: string, items: readonly T[], next?: string) => ({
  apiVersion: 'v1' as const,
  kind: `${kind}List`,
  metadata: next === undefined ? {} : { continue: next },
  items,
});

/** What a route documents: its answers. The errors are added by `documentAnswers`. */
export const answers = (of: Readonly<Record<number, TSchema>>) => ({ response: of });

const BODY_TYPES = ['application/json', 'application/yaml'];

/** What a route documents of the body that it takes. */
export const takes = (body: TSchema) => ({ body, consumes: BODY_TYPES });
export const takesPatch = (body: TSchema) => ({ body, consumes: ['application/merge-patch+json', ...BODY_TYPES] });

/** Sends a resource with its version as the ETag; 304 to a reader who has that version. */
export function sendResource(
  reply: FastifyReply,
  code: number,
  sent: { readonly metadata: { readonly resourceVersion: number } },
): FastifyReply {
  const { resourceVersion: version } = sent.metadata;
  void reply.header('etag', `"${version}"`);
  return isUnmodified(reply.request, version) ? reply.code(304).send() : reply.code(code).send(sent);
}

/** Throws `notFound`. It names no others: whoever asks may see none of them. */
export function absentNamespace(namespace: string): never {
  throw new DreyError('notFound', `there is no namespace "${namespace}"`);
}

/** Throws `notFound`: there is no such resource; names the one that was probably meant. */
export function absent(kind: string, name: string, known: readonly { readonly name: string }[] = []): never {
  const names = known.slice(0, 20).map((one) => one.name);
  throw new DreyError('notFound', `there is no ${kind} "${name}"${names.length === 0 ? '' : hint(name, names)}`);
}
