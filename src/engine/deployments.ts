import type { Deployment, DeploymentSpec } from '../domain/deployment.ts';
import type { PartialSpec } from '../domain/deployment-defaults.ts';
import { SET_ASIDE_MS } from '../domain/due.ts';
import { DreyError, isDreyError } from '../domain/errors.ts';
import type { NewEvent } from '../domain/event.ts';
import { forgetFailures, forgetUpgrade } from '../domain/outcome.ts';
import type { DeploymentTarget } from '../domain/target.ts';
import type { Commit, EngineParts } from './commit.ts';
import type { Draft } from './draft.ts';
import { canonicalHash } from './hash.ts';

/** What a user may say of a Deployment. */
export interface DeploymentInput {
  readonly displayName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: DeploymentSpec;
}

export interface DeploymentEdit {
  readonly input: DeploymentInput;
  readonly target: DeploymentTarget;
  /** Told as events when the change is written. */
  readonly events: readonly NewEvent[];
}

export interface DeploymentOperations {
  /**
   * Stores a new Deployment with the defaults that are in it, under an id where one is given, and makes its first step. Throws `conflict` when the name
   * is taken.
   */
  create(
    namespace: string,
    name: string,
    edit: DeploymentEdit,
    made?: { readonly defaults?: PartialSpec; readonly id?: string | undefined },
  ): Promise<Deployment>;
  /**
   * Replaces what the user may say by what `edit` makes of it. Nothing is written when nothing changes.
   * Throws `stalePrecondition` when a user changed it after version `expected`, `notFound` when it is deleted.
   */
  update(
    id: string,
    expected: number | undefined,
    edit: (current: Deployment) => DeploymentEdit,
  ): Promise<{ deployment: Deployment; changed: boolean }>;
  /** Hides it for good. Throws `conflict` unless it is wanted CANCELLED or SUSPENDED and has no active Job. */
  remove(id: string, expected: number | undefined): Promise<Deployment>;
  /** A Deployment whose command always fails is left alone for a while. */
  setAside(id: string, reason: string): Promise<void>;
  /** Does what is due: plans, and performs the steps. Resolves with the milliseconds until something is due again, if it is. */
  advance(id: string): Promise<number | undefined>;
}

export function deploymentOperations({ store, newId, log }: EngineParts, commit: Commit): DeploymentOperations {
  return {
    async create(namespace, name, { input, events }, { defaults = {}, id = newId() } = {}) {
      const now = await store.now();
      const deployment: Deployment = {
        id,
        namespace,
        name,
        ...input,
        ...(Object.keys(defaults).length === 0 ? {} : { defaults }),
        templateHash: canonicalHash(input.spec.template),
        createdAt: now,
        modifiedAt: now,
        state: 'CANCELLED',
        transitionAt: now,
        failures: [],
        savepointFailures: [],
        // Due at once: a daemon that dies before its first step leaves it to `repair`.
        dueAt: now,
        specVersion: 1,
        version: 1,
      };
      await store.insertDeployment(deployment, events);
      try {
        return (await commit(deployment.id, () => true))?.deployment ?? deployment;
      } catch (error) {
        // It exists, and is due: to say that it could not be made would be wrong.
        if (!isDreyError(error) || !error.retryable) throw error;
        log.warn({ id: deployment.id, error }, 'first step postponed, repair will make it');
        return deployment;
      }
    },

    async update(id, expected, edit) {
      let current: Deployment | undefined;
      const change = await commit(id, (draft) => {
        current = existing(draft.deployment, expected);
        const { input, target, events } = edit(current);
        if (canonicalHash(input) === canonicalHash(inputOf(current))) return false;
        draft.deployment = edited(current, input);
        draft.target = target;
        draft.events.push(...events);
        return true;
      });
      const deployment = change?.deployment ?? current;
      if (deployment === undefined) throw new DreyError('notFound', `there is no Deployment ${id}`);
      return { deployment, changed: change !== undefined };
    },

    async remove(id, expected) {
      const change = await commit(id, (draft) => {
        const deployment = existing(draft.deployment, expected);
        if (deployment.spec.state === 'RUNNING' || draft.job !== undefined) {
          throw new DreyError(
            'conflict',
            `Deployment ${deployment.name} can be deleted when its desired state is CANCELLED or SUSPENDED and it has no active Job; ` +
              `now it is wanted ${deployment.spec.state}${draft.job === undefined ? '' : ` and Job ${draft.job.id} is ${draft.job.state}`}`,
          );
        }
        const { dueAt, ...rest } = deployment;
        draft.deployment = { ...rest, deletedAt: draft.now };
        return true;
      });
      if (change === undefined) throw new DreyError('notFound', `there is no Deployment ${id}`);
      return change.deployment;
    },

    async setAside(id, reason) {
      // Not through `commit`: planning may be what fails.
      await store.change(id, ({ deployment }, now) => {
        if (deployment.deletedAt !== undefined) return undefined;
        const message = `The Deployment is set aside for a while, for its command always fails: ${reason}`;
        const dueAt = new Date(now.getTime() + SET_ASIDE_MS);
        return { deployment: { ...deployment, dueAt }, jobs: [], events: [{ name: 'GENERAL_FAILURE', message }] };
      });
    },

    async advance(id) {
      let last: Draft | undefined;
      await commit(id, (draft) => {
        last = draft;
        return draft.deployment.deletedAt === undefined;
      });
      const dueAt = last?.deployment.dueAt;
      return last === undefined || dueAt === undefined || last.deployment.deletedAt !== undefined
        ? undefined
        : Math.max(0, dueAt.getTime() - last.now.getTime());
    },
  };
}

function existing(deployment: Deployment, expected: number | undefined): Deployment {
  if (deployment.deletedAt !== undefined) throw new DreyError('notFound', `there is no Deployment ${deployment.name}`);
  if (expected !== undefined && expected < deployment.specVersion) {
    throw new DreyError(
      'stalePrecondition',
      `Deployment ${deployment.name} was changed after resourceVersion ${expected}; read it again (now ${deployment.version}) and repeat the change`,
    );
  }
  return deployment;
}

/** What a user may say of a Deployment, as it is now. */
export const inputOf = ({ displayName, labels, annotations, spec }: Deployment): DeploymentInput => ({
  ...(displayName === undefined ? {} : { displayName }),
  labels,
  annotations,
  spec,
});

function edited(current: Deployment, input: DeploymentInput): Deployment {
  const { displayName, ...rest } = current;
  const templateHash = canonicalHash(input.spec.template);
  const next: Deployment = {
    ...rest,
    ...input,
    templateHash,
    specVersion: current.version + 1,
  };
  if (input.spec.state !== current.spec.state) return forgetUpgrade(forgetFailures(next));
  return templateHash !== current.templateHash && input.spec.upgradeStrategy.kind !== 'NONE' ? forgetFailures(next) : next;
}
