import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { isDreyError } from '../domain/errors.ts';
import { isAlive } from '../domain/job.ts';
import type { DeploymentTarget } from '../domain/target.ts';
import { answers, Id, Time, type ApiParts, type InNamespace } from './resource.ts';

const StraySchema = Type.Object(
  {
    apiVersion: Type.Literal('v1'),
    kind: Type.Literal('Stray'),
    metadata: Type.Object({ id: Type.String({ description: "The Flink job's id." }) }),
    spec: Type.Object({
      deploymentTargetName: Type.String(),
      deploymentId: Type.Optional(Id),
      deploymentName: Type.Optional(Type.String()),
      jobId: Type.Optional(Id),
    }),
    status: Type.Object({
      flinkState: Type.String(),
      startedAt: Time,
      owner: Type.Enum(['DREY', 'FOREIGN'], {
        description: 'DREY: its Job has ended, and it is being cancelled. FOREIGN: Drey never made it.',
      }),
    }),
  },
  { title: 'Stray' },
);

const StrayListSchema = Type.Object(
  {
    apiVersion: Type.Literal('v1'),
    kind: Type.Literal('StrayList'),
    metadata: Type.Object({}),
    items: Type.Array(StraySchema),
    unreachable: Type.Array(Type.Object({ deploymentTargetName: Type.String(), message: Type.String() })),
  },
  { title: 'StrayList' },
);

/** `/strays`: Flink jobs that live without a Job, by a look at each cluster now. */
export function strayRoutes(app: FastifyInstance, { store, targets }: ApiParts): void {
  /** `own`: the targets of the namespace. What Drey made for another namespace, on a cluster that both use, is not told. */
  const straysOn = async (target: DeploymentTarget, own: ReadonlyMap<string, DeploymentTarget>) => {
    const { jobs } = await targets.cluster(target).view();
    const alive = [...jobs.values()].filter(({ word }) => word !== undefined && isAlive(word));
    const known = new Map((await store.flinkIds(alive.map(({ id }) => id))).map((id) => [id.flinkId, id]));
    const strays = alive.filter(({ id }) => known.get(id) === undefined || known.get(id)?.endedAt !== undefined);
    return Promise.all(
      strays.map(async ({ id, word, startedAtMs }) => {
        const made = known.get(id);
        const { jobId, deploymentId } = made !== undefined && own.has(made.targetId) ? made : {};
        const deployment = deploymentId === undefined ? undefined : await store.deployment(target.namespace, deploymentId);
        return {
          apiVersion: 'v1' as const,
          kind: 'Stray' as const,
          metadata: { id },
          spec: {
            deploymentTargetName: target.name,
            ...(deploymentId === undefined ? {} : { deploymentId }),
            ...(deployment === undefined ? {} : { deploymentName: deployment.name }),
            ...(jobId === undefined ? {} : { jobId }),
          },
          status: {
            flinkState: word ?? 'UNKNOWN',
            startedAt: new Date(startedAtMs).toISOString(),
            owner: made === undefined ? ('FOREIGN' as const) : ('DREY' as const),
          },
        };
      }),
    );
  };

  app.get<InNamespace>('/strays', { schema: answers({ 200: StrayListSchema }) }, async ({ params: { namespace } }) => {
    const unreachable: { deploymentTargetName: string; message: string }[] = [];
    // Of deleted targets those on which strays were seen.
    const targets = [...(await store.targets(namespace)), ...(await store.strayTargets(namespace))];
    const byId = new Map(targets.map((target) => [target.id, target]));
    const found = await Promise.all(
      [...byId.values()].map((target) =>
        straysOn(target, byId).catch((error: unknown) => {
          if (!isDreyError(error) || (error.code !== 'clusterUnreachable' && error.code !== 'clusterAnsweredOddly')) throw error;
          unreachable.push({ deploymentTargetName: target.name, message: error.message });
          return [];
        }),
      ),
    );
    return { apiVersion: 'v1', kind: 'StrayList', metadata: {}, items: found.flat(), unreachable };
  });
}
