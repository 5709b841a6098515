import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import type { Deployment } from '../domain/deployment.ts';
import type { PartialSpec } from '../domain/deployment-defaults.ts';
import { isFinal, type Job } from '../domain/job.ts';
import type { DeploymentTarget } from '../domain/target.ts';
import { inputOf, type DeploymentEdit } from '../engine/deployments.ts';
import type { Page } from '../ports/store.ts';
import { mergedDefaults, withDefaults } from './defaults-input.ts';
import { checkedDeployment, chosenTarget, inputFrom, noEffectWarning, patchedDeployment } from './deployment-input.ts';
import { DeploymentBody, DeploymentListSchema, DeploymentPatch, DeploymentSchema, viewDeployment } from './deployment-schema.ts';
import { labelFilter, labelQuery, pageQuery, sendList, viewsOf } from './listing.ts';
import { mergePatch } from './merge-patch.ts';
import { assertMayReplace, assertNoneExpected, expectedVersion, stale } from './preconditions.ts';
import { absent, answers, ChangeQuery, nameOrLowerId, sendResource, strict, takes, takesPatch } from './resource.ts';
import type { AtPlace, Change, InNamespace, RouteParts } from './resource.ts';
import { warn } from './warning.ts';
import { watchQuery } from './watch/watch.ts';

const Query = Type.Object({ ...labelQuery, ...pageQuery, ...watchQuery }, strict);

/** `/deployments`: what users want to run. Every change goes through the engine. */
export function deploymentRoutes(app: FastifyInstance, { store, engine, globalDefaults, watch }: RouteParts): void {
  /** Deployments of one namespace, each with its active Job. */
  const views = async (namespace: string, deployments: readonly Deployment[]) => {
    const deploymentIds = deployments.map(({ id }) => id);
    const [jobs, now] = await Promise.all([store.jobs(namespace, { active: true, deploymentIds }), store.now()]);
    const active = activeAmong(jobs);
    return deployments.map((deployment) => viewDeployment(deployment, active.get(deployment.id), now));
  };

  const watchDeployments = watch.of({
    rows: 'deployments',
    kind: 'Deployment',
    async load(ids) {
      const found = await store.deploymentsByIds(ids);
      const namespaces = [...new Set(found.map(({ namespace }) => namespace))];
      const ofEach = namespaces.map((name) =>
        views(
          name,
          found.filter(({ namespace }) => namespace === name),
        ),
      );
      return (await Promise.all(ofEach)).flat();
    },
  });

  const send = async (reply: FastifyReply, code: number, deployment: Deployment): Promise<FastifyReply> => {
    const { namespace, id } = deployment;
    const [jobs, now] = await Promise.all([store.jobs(namespace, { deploymentId: id, active: true }), store.now()]);
    return sendResource(reply, code, viewDeployment(deployment, activeAmong(jobs).get(id), now));
  };

  const find = ({ namespace, nameOrId }: AtPlace['Params']): Promise<Deployment | undefined> =>
    store.deployment(namespace, nameOrLowerId(nameOrId));

  const existing = async (params: AtPlace['Params']): Promise<Deployment> =>
    (await find(params)) ?? absent('Deployment', params.nameOrId, await store.deployments(params.namespace));

  const defaultsOf = async (namespace: string): Promise<PartialSpec> =>
    mergedDefaults(globalDefaults, (await store.deploymentDefaults(namespace))?.spec);

  const operationsOf = ({ query }: FastifyRequest<Change>) => (query.dryRun === true ? engine.dryRun() : engine.deployments);

  const create = async (
    request: FastifyRequest<InNamespace & Change>,
    reply: FastifyReply,
    body: DeploymentBody,
    defaults: PartialSpec,
  ): Promise<FastifyReply> => {
    const { namespace } = request.params;
    const { edit, warning } = editFrom(body, await chosenTarget(store, namespace, body.spec), undefined);
    const deployment = await operationsOf(request).create(namespace, body.metadata?.name ?? '', edit, { defaults, id: request.reservedId });
    warn(reply, warning);
    return send(reply, 201, deployment);
  };

  /** `bodyFor` makes the whole body out of the Deployment as it is; it runs again on the row that is locked. */
  const update = async (
    request: FastifyRequest<AtPlace & Change>,
    reply: FastifyReply,
    read: Deployment,
    expected: number | undefined,
    bodyFor: (current: Deployment) => DeploymentBody,
  ): Promise<FastifyReply> => {
    assertReached(read, expected);
    const { spec } = bodyFor(read);
    const target = await chosenTarget(store, read.namespace, spec);
    let made: ReturnType<typeof editFrom> | undefined;
    const { deployment, changed } = await operationsOf(request).update(read.id, expected, (current) => {
      const body = bodyFor(current);
      made = namesSameTarget(body.spec, spec) ? editFrom(body, target, current) : undefined;
      return made?.edit ?? { input: inputOf(current), target, events: [] };
    });
    // Somebody moved it to another target since it was read: that stays, and the target is resolved anew.
    if (made === undefined) return update(request, reply, deployment, expected, bodyFor);
    warn(reply, changed ? made.warning : restWarning(deployment));
    return send(reply, 200, deployment);
  };

  app.get<InNamespace & { Querystring: Static<typeof Query> }>(
    '/deployments',
    { schema: { querystring: Query, ...answers({ 200: DeploymentListSchema }) } },
    async (request, reply) => {
      const { query, params } = request;
      const isWanted = labelFilter(query.labelSelector);
      const listing = {
        kind: 'Deployment',
        read: (page: Page) => store.deployments(params.namespace, page),
        accepts: isWanted,
        view: (deployments: readonly Deployment[]) => views(params.namespace, deployments),
      };
      if (!watch.wanted(request)) return sendList(reply, query, listing);
      return watchDeployments(request, reply, { all: () => viewsOf(listing), accepts: ({ metadata }) => isWanted(metadata) });
    },
  );

  app.get<AtPlace>('/deployments/:nameOrId', { schema: answers({ 200: DeploymentSchema }) }, async ({ params }, reply) =>
    send(reply, 200, await existing(params)),
  );

  app.post<InNamespace & Change>(
    '/deployments',
    { schema: { querystring: ChangeQuery, ...takes(DeploymentBody), ...answers({ 201: DeploymentSchema }) } },
    async (request, reply) => {
      const defaults = await defaultsOf(request.params.namespace);
      return create(request, reply, checkedDeployment(withDefaults(request.body, defaults), request.params), defaults);
    },
  );

  app.put<AtPlace & Change>(
    '/deployments/:nameOrId',
    { schema: { querystring: ChangeQuery, ...takes(DeploymentBody), ...answers({ 200: DeploymentSchema, 201: DeploymentSchema }) } },
    async (request, reply) => {
      const { namespace, nameOrId } = request.params;
      const found = await find(request.params);
      const name = found?.name ?? nameOrId;
      // Of one that is there those that it was made with: the same document makes the same Deployment, however often it is put.
      const defaults = found === undefined ? await defaultsOf(namespace) : (found.defaults ?? {});
      const said = withDefaults(mergePatch({ metadata: { name } }, request.body), defaults);
      const body = checkedDeployment(said, { namespace, name });
      const expected = expectedVersion(request, body.metadata?.resourceVersion);
      if (found !== undefined) {
        assertMayReplace(request, `Deployment ${name}`);
        return update(request, reply, found, expected, () => body);
      }
      assertNoneExpected(request, expected, `Deployment ${name}`);
      return create(request, reply, body, defaults);
    },
  );

  app.patch<AtPlace & Change>(
    '/deployments/:nameOrId',
    { schema: { querystring: ChangeQuery, ...takesPatch(DeploymentPatch), ...answers({ 200: DeploymentSchema }) } },
    async (request, reply) => {
      const read = await existing(request.params);
      const patched = (current: Deployment): DeploymentBody => patchedDeployment(current, request.body);
      return update(request, reply, read, expectedVersion(request, patched(read).metadata?.resourceVersion), patched);
    },
  );

  app.delete<AtPlace & Change>(
    '/deployments/:nameOrId',
    { schema: { querystring: ChangeQuery, ...answers({ 200: DeploymentSchema }) } },
    async (request, reply) => {
      const read = await existing(request.params);
      const expected = expectedVersion(request);
      assertReached(read, expected);
      return send(reply, 200, await operationsOf(request).remove(read.id, expected));
    },
  );
}

/** The active Job of each Deployment that has one. */
const activeAmong = (jobs: readonly Job[]): ReadonlyMap<string, Job> =>
  new Map(jobs.filter((job) => !isFinal(job.state)).map((job) => [job.deploymentId, job]));

/** Throws `stalePrecondition` for a version that it never had: it was deleted and made anew, or this is another database. */
function assertReached({ name, version }: Deployment, expected: number | undefined): void {
  if (expected !== undefined && expected > version) throw stale(`Deployment ${name}`, expected, version);
}

function editFrom(
  body: DeploymentBody,
  target: DeploymentTarget,
  current: Deployment | undefined,
): { edit: DeploymentEdit; warning: string | undefined } {
  const input = inputFrom(body, target);
  const warning = noEffectWarning(input.spec, current);
  return { edit: { input, target, events: warning === undefined ? [] : [{ name: 'EXTERNAL', message: warning }] }, warning };
}

/** FAILED and FINISHED stay until the user acts, and the same value again is no act (rule 16 of the lifecycle). */
function restWarning({ name, state, spec, failure }: Deployment): string | undefined {
  if (state !== 'FAILED' && state !== 'FINISHED') return undefined;
  if (failure?.reason === 'SavepointsFailed') {
    const [first, then] = spec.state === 'SUSPENDED' ? ['RUNNING', 'SUSPENDED'] : ['SUSPENDED', 'RUNNING'];
    return `nothing changed, and Deployment ${name} stays FAILED while its Job runs on; to try the savepoint again set its state to ${first} and then to ${then}`;
  }
  const template = spec.upgradeStrategy.kind === 'NONE' ? '' : 'change its template, or ';
  return `nothing changed, and Deployment ${name} stays ${state}; to run it again ${template}set its state to CANCELLED and then to RUNNING`;
}

const namesSameTarget = (a: DeploymentBody['spec'], b: DeploymentBody['spec']): boolean =>
  a.deploymentTargetId === b.deploymentTargetId && a.deploymentTargetName === b.deploymentTargetName;
