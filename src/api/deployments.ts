import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Deployment } from '../domain/deployment.ts';
import { isFinal, type Job } from '../domain/job.ts';
import type { DeploymentTarget } from '../domain/target.ts';
import type { DeploymentEdit } from '../engine/deployments.ts';
import { checkedDeployment, inputFrom, noEffectWarning } from './deployment-input.ts';
import { DeploymentBody, DeploymentListSchema, DeploymentPatch, DeploymentSchema } from './deployment-schema.ts';
import { userPart, viewDeployment } from './deployment-view.ts';
import { mergePatch } from './merge-patch.ts';
import type { ApiParts } from './parts.ts';
import { assertNoneExpected, assertReached, expectedVersion, sendResource, warn } from './preconditions.ts';
import { absent, answers, BODY_TYPES, isUuid, listOf, PATCH_TYPES } from './resource.ts';
import { chosenTarget, withoutOldChoice } from './target-choice.ts';

interface Place {
  Params: { namespace: string; nameOrId: string };
}
interface Namespace {
  Params: { namespace: string };
}

/** `/deployments`: what users want to run. Every change goes through the engine. */
export function deploymentRoutes(app: FastifyInstance, { store, engine }: ApiParts): void {
  const activeJobOf = async ({ namespace, id }: Deployment): Promise<Job | undefined> =>
    (await store.jobs(namespace, { deploymentId: id, active: true })).find((job) => !isFinal(job.state));

  const send = async (reply: FastifyReply, code: number, deployment: Deployment): Promise<FastifyReply> =>
    sendResource(reply, code, viewDeployment(deployment, await activeJobOf(deployment)));

  const find = (namespace: string, nameOrId: string): Promise<Deployment | undefined> =>
    store.deployment(namespace, isUuid(nameOrId) ? nameOrId.toLowerCase() : nameOrId);

  const existing = async ({ namespace, nameOrId }: Place['Params']): Promise<Deployment> => {
    const found = await find(namespace, nameOrId);
    if (found === undefined)
      throw absent(
        'Deployment',
        nameOrId,
        (await store.deployments(namespace)).map(({ name }) => name),
      );
    return found;
  };

  const create = async (reply: FastifyReply, namespace: string, body: DeploymentBody): Promise<FastifyReply> => {
    const edit = editFrom(body, await chosenTarget(store, namespace, body.spec), undefined);
    const deployment = await engine.deployments.create(namespace, body.metadata?.name ?? '', edit);
    warn(reply, edit.warnings);
    return send(reply, 201, deployment);
  };

  /** `bodyFor` makes the whole body out of the Deployment as it is; it runs again on the row that is locked. */
  const update = async (
    reply: FastifyReply,
    read: Deployment,
    expected: number | undefined,
    bodyFor: (current: Deployment) => DeploymentBody,
  ): Promise<FastifyReply> => {
    assertReached(expected, read.version, `Deployment ${read.name}`);
    const target = await chosenTarget(store, read.namespace, bodyFor(read).spec);
    let warnings: readonly string[] = [];
    const { deployment, changed } = await engine.deployments.update(read.id, expected, (current) => {
      const edit = editFrom(bodyFor(current), target, current);
      ({ warnings } = edit);
      return edit;
    });
    warn(reply, changed ? warnings : restWarnings(deployment));
    return send(reply, 200, deployment);
  };

  app.get<Namespace>('/deployments', { schema: answers({ 200: DeploymentListSchema }) }, async ({ params: { namespace } }) => {
    const [deployments, jobs] = await Promise.all([store.deployments(namespace), store.jobs(namespace, { active: true })]);
    const active = new Map(jobs.filter((job) => !isFinal(job.state)).map((job) => [job.deploymentId, job]));
    return listOf(
      'Deployment',
      deployments.map((deployment) => viewDeployment(deployment, active.get(deployment.id))),
    );
  });

  app.get<Place>('/deployments/:nameOrId', { schema: answers({ 200: DeploymentSchema }) }, async ({ params }, reply) =>
    send(reply, 200, await existing(params)),
  );

  app.post<Namespace>(
    '/deployments',
    { schema: { body: DeploymentBody, consumes: BODY_TYPES, ...answers({ 201: DeploymentSchema }) } },
    async ({ params: { namespace }, body }, reply) => create(reply, namespace, checkedDeployment(body, namespace, undefined)),
  );

  app.put<Place>(
    '/deployments/:nameOrId',
    { schema: { body: DeploymentBody, consumes: BODY_TYPES, ...answers({ 200: DeploymentSchema, 201: DeploymentSchema }) } },
    async (request, reply) => {
      const { namespace, nameOrId } = request.params;
      const found = await find(namespace, nameOrId);
      const name = found?.name ?? nameOrId;
      const body = checkedDeployment(mergePatch({ metadata: { name } }, request.body), namespace, name);
      const expected = expectedVersion(request, body.metadata?.resourceVersion);
      if (found !== undefined) return update(reply, found, expected, () => body);
      assertNoneExpected(request, expected, `Deployment ${name}`);
      return create(reply, namespace, body);
    },
  );

  app.patch<Place>(
    '/deployments/:nameOrId',
    { schema: { body: DeploymentPatch, consumes: PATCH_TYPES, ...answers({ 200: DeploymentSchema }) } },
    async (request, reply) => {
      const read = await existing(request.params);
      const patched = (current: Deployment): DeploymentBody =>
        checkedDeployment(mergePatch(withoutOldChoice(userPart(current), request.body), request.body), current.namespace, current.name);
      return update(reply, read, expectedVersion(request, patched(read).metadata?.resourceVersion), patched);
    },
  );

  app.delete<Place>('/deployments/:nameOrId', { schema: answers({ 200: DeploymentSchema }) }, async (request, reply) => {
    const read = await existing(request.params);
    const expected = expectedVersion(request);
    assertReached(expected, read.version, `Deployment ${read.name}`);
    return send(reply, 200, await engine.deployments.remove(read.id, expected));
  });
}

function editFrom(
  body: DeploymentBody,
  target: DeploymentTarget,
  current: Deployment | undefined,
): DeploymentEdit & { warnings: string[] } {
  const input = inputFrom(body, target);
  const warning = noEffectWarning(input.spec, current);
  if (warning === undefined) return { input, target, events: [], warnings: [] };
  return { input, target, events: [{ name: 'EXTERNAL', message: warning }], warnings: [warning] };
}

/** FAILED and FINISHED stay until the user acts, and the same value again is no act (rule 16 of the lifecycle). */
function restWarnings({ name, state, spec }: Deployment): string[] {
  if (state !== 'FAILED' && state !== 'FINISHED') return [];
  const template = spec.upgradeStrategy.kind === 'NONE' ? '' : 'change its template, or ';
  return [
    `nothing changed, and Deployment ${name} stays ${state}; to run it again ${template}set its state to CANCELLED and then to RUNNING`,
  ];
}
