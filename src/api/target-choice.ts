import type { DeploymentTarget } from '../domain/target.ts';
import type { Store } from '../ports.ts';
import { hint } from '../schema/did-you-mean.ts';
import { faultAt } from '../schema/faults.ts';
import { isObject, own } from '../schema/walk.ts';
import { refusal } from './validate.ts';

interface Choice {
  readonly deploymentTargetId?: string;
  readonly deploymentTargetName?: string;
}

const FIELDS = ['deploymentTargetId', 'deploymentTargetName'] as const;

/** The existing target that a spec names. Throws `badRequest` when it names none, one that does not exist, or two. */
export async function chosenTarget(store: Store, namespace: string, choice: Choice): Promise<DeploymentTarget> {
  const { deploymentTargetId: id, deploymentTargetName: name } = choice;
  const byId = id === undefined ? undefined : await store.targetById(id.toLowerCase());
  const byName = name === undefined ? undefined : await store.target(namespace, name);
  if (id !== undefined && byId?.namespace !== namespace) throw await unknown(store, namespace, 'deploymentTargetId', id);
  if (name !== undefined && byName?.name !== name) throw await unknown(store, namespace, 'deploymentTargetName', name);
  const target = byId ?? byName;
  if (target === undefined) throw await unknown(store, namespace, 'deploymentTargetName', undefined);
  if (byName !== undefined && byName.id !== target.id) {
    const message = `is "${byName.name}" and contradicts deploymentTargetId, which is that of "${target.name}"; send one of them`;
    throw refusal('badRequest', [faultAt(['spec', 'deploymentTargetName'], message)]);
  }
  return target;
}

async function unknown(store: Store, namespace: string, field: (typeof FIELDS)[number], said: string | undefined): Promise<Error> {
  const names = (await store.targets(namespace)).map((target) => target.name).slice(0, 20);
  const known = names.length === 0 ? '; there is no DeploymentTarget yet, create one first' : hint(said ?? '', names);
  const message = said === undefined ? `is missing${known}` : `names no DeploymentTarget: "${said}"${known}`;
  return refusal('badRequest', [faultAt(['spec', field], message)]);
}

/** A document made ready for a patch: where the patch names a target by one of the two fields, the other no longer speaks of the old one. */
export function withoutOldChoice(document: { readonly spec: object }, patch: unknown): unknown {
  const patched = isObject(patch) ? own(patch, 'spec') : undefined;
  const given = FIELDS.filter((field) => isObject(patched) && typeof own(patched, field) === 'string' && own(patched, field) !== '');
  if (given.length !== 1) return document;
  const spec = Object.entries(document.spec).filter(([key]) => !FIELDS.some((field) => field === key && field !== given[0]));
  return { ...document, spec: Object.fromEntries(spec) };
}
