import { Type, type TSchema } from 'typebox';
import { DreyError } from '../domain/errors.ts';
import { hint } from '../schema/did-you-mean.ts';
import { faultAt, type Fault } from '../schema/faults.ts';
import { valueAt } from '../schema/walk.ts';
import { ErrorSchema } from './errors.ts';

// What all resources have in common: VVP's `{apiVersion, kind, metadata, spec, status}` (product.md 2 to 5).

export const strict = { additionalProperties: false } as const;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const isUuid = (text: string): boolean => UUID.test(text);

/** An id; a request may have it in either case. */
export const Id = Type.String({ format: 'uuid' });
export const Time = Type.String({ format: 'date-time', description: 'ISO 8601, UTC.' });
export const Texts = (description: string) =>
  Type.Unsafe<Record<string, string>>({ type: 'object', additionalProperties: { type: 'string' }, description });

/** A text with a rule of its own, which says its fault as a sentence, or undefined. */
export const ruled = (description: string, fault: (text: string) => string | undefined) =>
  Type.Refine(
    Type.String({ description }),
    (text) => fault(text) === undefined,
    (text) => fault(text) ?? '',
  );

const ignored = () => Type.Optional(Type.Unknown({ readOnly: true, description: 'Owned by the server: accepted and ignored.' }));

/** The metadata of a resource that a client may send; what the server owns is ignored, whatever it says. */
export const metadataBody = (name: TSchema) =>
  Type.Object(
    {
      name: Type.Optional(Type.Unsafe<string>(name)),
      displayName: Type.Optional(Type.String({ maxLength: 255 })),
      namespace: Type.Optional(Type.String()),
      labels: Type.Optional(Texts('Free labels.')),
      annotations: Type.Optional(Texts('Free annotations.')),
      resourceVersion: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 4_294_967_295,
          description: 'Above 0: the change is refused when the resource has moved on since.',
        }),
      ),
      id: ignored(),
      createdAt: ignored(),
      modifiedAt: ignored(),
      terminatedAt: ignored(),
    },
    strict,
  );

/** The fields of a resource beside metadata and spec. A contradicting kind is found by `placeFaults`. */
export const envelopeBody = { kind: Type.Optional(Type.String()), apiVersion: ignored(), status: ignored() };

/** The documented shape of an answer. */
export const resource = <M extends TSchema, S extends TSchema, T extends TSchema>(kind: string, metadata: M, spec: S, status: T) =>
  Type.Object({ apiVersion: Type.Literal('v1'), kind: Type.Literal(kind), metadata, spec, status }, { title: kind });

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

/** What a route documents: its answers, and the errors that each may give. */
export const answers = (of: Readonly<Record<number, TSchema>>) => ({ response: { ...of, '4xx': ErrorSchema, '5xx': ErrorSchema } });

export const BODY_TYPES = ['application/json', 'application/yaml'];
export const PATCH_TYPES = ['application/merge-patch+json', ...BODY_TYPES];

/** What a PATCH takes: any part of the resource. It is checked once it is merged. */
export const patchOf = (kind: string) =>
  Type.Object({}, { title: `${kind}Patch`, description: `RFC 7386: any part of a ${kind}; null removes a field.` });

/** The place that a body was sent to. Without a name: the body has to give one. */
export interface Place {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string | undefined;
}

/** What the body says of its own place must be what the path says; a resource of another kind is a mistake, not a detail. */
export function placeFaults(body: unknown, { kind, namespace, name }: Place): Fault[] {
  const contradiction = (path: readonly string[], right: string | undefined): Fault[] => {
    const said = valueAt(body, path);
    if (typeof said !== 'string' || right === undefined || said === right) return [];
    return [faultAt(path, `is "${said}" and contradicts the path, which is that of "${right}"`)];
  };
  const nameless = name === undefined && valueAt(body, ['metadata', 'name']) === undefined;
  return [
    ...contradiction(['kind'], kind),
    ...contradiction(['metadata', 'namespace'], namespace),
    ...contradiction(['metadata', 'name'], name),
    ...(nameless ? [faultAt(['metadata', 'name'], `is missing; give the ${kind} a name`)] : []),
  ];
}

/** "There is no such …", with the one that was probably meant. */
export const absent = (kind: string, name: string, known: readonly string[] = []): DreyError =>
  new DreyError('notFound', `there is no ${kind} "${name}"${known.length === 0 ? '' : hint(name, known.slice(0, 20))}`);
