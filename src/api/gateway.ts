import { Type, type TSchema } from 'typebox';
import { nameFault } from '../domain/names.ts';
import { DreyError } from '../domain/errors.ts';
import { faultAt, ruled } from '../schema/faults.ts';
import { isObject, own } from '../schema/walk.ts';
import { strict } from './resource.ts';
import { refusal } from './validate.ts';

// What VVP's gateway serves beside /api/v1: flat resources with a path for a name, in an object that names their kind.

/** Of the server: whole objects are sent back, and it is ignored. */
export const givenBack = Type.Optional(Type.Unknown({ readOnly: true, description: 'Owned by the server: accepted and ignored.' }));

/** A `name` below `parent`: `namespaces/default/apitokens/ci` below `namespaces/default/apitokens`. */
export const pathName = (parent: string) =>
  ruled(`\`${parent}/NAME\``, (text) => {
    const collection = text.slice(0, Math.max(0, text.lastIndexOf('/')));
    const isLike = new RegExp(`^${parent.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(collection);
    return isLike ? nameFault(text.slice(collection.length + 1)) : `"${text.slice(0, 80)}" is not whole; write it as ${parent}/NAME`;
  });

/** An answer: `{namespace: {…}}`. */
export const wrapped = (key: string, title: string, schema: TSchema) => Type.Object({ [key]: schema }, { ...strict, title });

/** A body as VVP takes it, bare, or in the wrapping in which it was answered. Throws `badRequest` where there is none. */
export function unwrapped(key: string, body: unknown): unknown {
  if (!isObject(body)) throw new DreyError('badRequest', 'the request has no body that is an object; send the resource as JSON or YAML');
  return Object.keys(body).length === 1 && isObject(own(body, key)) ? own(body, key) : body;
}

/** The last part of a name. Throws `badRequest` when the rest contradicts the path of the request. */
export function lastPart(name: string, parent: string, wanted?: string): string {
  const right = wanted === undefined ? `${parent}/${name.slice(name.lastIndexOf('/') + 1)}` : `${parent}/${wanted}`;
  if (name !== right)
    throw refusal('badRequest', [faultAt(['name'], `is "${name}" and contradicts the path, which is that of "${right}"`)]);
  return name.slice(parent.length + 1);
}
