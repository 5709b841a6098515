import { expect } from 'chai';
import { it } from 'mocha';
import { v7 as uuid } from 'uuid';
import type { ApiToken } from '../../../src/domain/access.ts';
import { flinkJobId } from '../../../src/domain/job.ts';
import { hashOf, newSecret } from '../../../src/engine/api-token.ts';
import { aSubmittedJob, aTarget } from '../factories.ts';
import { codeOf, type StoreWorld } from './world.ts';

/** What a Store promises about namespaces and API tokens, and that what is in one namespace is not found from another. */
export function accessContract(world: StoreWorld): void {
  const { withJob } = world;

  const aNamespace = async (): Promise<string> => {
    const name = `n-${uuid()}`;
    await world.store.insertNamespace({ name, roleBindings: [], createdAt: await world.store.now() });
    return name;
  };
  const aToken = async (given: Partial<ApiToken> = {}) => {
    const token: ApiToken = {
      id: uuid(),
      namespace: given.namespace ?? (await aNamespace()),
      name: 'ci',
      role: 'editor',
      createdAt: await world.store.now(),
      ...given,
    };
    return { token, hash: hashOf(newSecret()) };
  };

  it('has the namespace default from the first start on', async () => {
    expect((await world.store.namespace('default'))?.name).to.equal('default');
    for (const other of ['default ', 'Default', '']) expect(await world.store.namespace(other)).to.equal(undefined);
    expect((await world.store.namespaces()).map(({ name }) => name)).to.include('default');
  });
  it('keeps namespaces, their role bindings, and no name twice', async () => {
    const name = await aNamespace();
    expect(await codeOf(world.store.insertNamespace({ name, roleBindings: [], createdAt: await world.store.now() }))).to.equal('conflict');
    const roleBindings = [{ role: 'owner', members: ['user:a'] }];
    expect((await world.store.updateNamespace(name, roleBindings))?.roleBindings).to.deep.equal(roleBindings);
    expect((await world.store.namespace(name))?.roleBindings).to.deep.equal(roleBindings);
    expect(await world.store.updateNamespace(`${name}-not`, [])).to.equal(undefined);
  });
  it('deletes an empty namespace with its tokens, and says what is in one that is not', async () => {
    const namespace = await aNamespace();
    const { token, hash } = await aToken({ namespace });
    await world.store.insertToken(token, hash);
    const target = aTarget({ id: uuid(), namespace, createdAt: await world.store.now() });
    await world.store.insertTarget(target);
    const refused: unknown = await world.store.deleteNamespace(namespace).catch((error: unknown) => error);
    expect(refused).to.include({
      code: 'conflict',
      message: `namespace ${namespace} is not empty: DeploymentTarget local; delete what is in it first`,
    });
    expect(await world.store.tokenByHash(hash)).not.to.equal(undefined);
    await world.store.deleteTarget(target);
    expect((await world.store.deleteNamespace(namespace))?.name).to.equal(namespace);
    expect(await world.store.tokenByHash(hash)).to.equal(undefined);
    expect(await world.store.namespace(namespace)).to.equal(undefined);
    expect(await world.store.deleteNamespace(namespace)).to.equal(undefined);
  });
  it('shows nothing of a deleted namespace in one that is made under its name', async () => {
    const { store } = world;
    const namespace = await aNamespace();
    const now = await store.now();
    const target = aTarget({ id: uuid(), namespace, createdAt: now });
    await store.insertTarget(target);
    const { id: deploymentId, name } = await world.stored({ namespace, spec: { deploymentTargetId: target.id } });
    const job = aSubmittedJob({ id: uuid(), namespace, deploymentId, deploymentName: name, targetId: target.id, createdAt: now });
    for (const state of ['STARTED', 'FINISHED'] as const)
      await store.change(deploymentId, (held) => ({ deployment: held.deployment, jobs: [{ ...job, ...held.job, state }], events: [] }));
    expect(await store.markStray(flinkJobId(job))).to.equal(true);
    expect((await store.strayTargets(namespace)).map(({ id }) => id)).to.deep.equal([target.id]);
    await store.change(deploymentId, ({ deployment }) => ({ deployment: { ...deployment, deletedAt: now }, jobs: [], events: [] }));
    await store.deleteTarget(target);
    expect(await store.deleteNamespace(namespace)).not.to.equal(undefined);
    await store.insertNamespace({ name: namespace, roleBindings: [], createdAt: new Date((await store.now()).getTime() + 1) });
    while (await store.purgeDeployment(deploymentId, 10, 1000));
    expect(await store.strayTargets(namespace)).to.deep.equal([]);
    for (const kind of ['deployments', 'jobs', 'savepoints', 'events'] as const) {
      const { marks } = await store.changesSince(kind, new Date(now.getTime() - 1));
      expect(marks.filter(({ deleted }) => deleted?.namespace === namespace)).to.deep.equal([]);
    }
    expect([await store.jobs(namespace, {}), await store.events(namespace, {}, { limit: 10 })]).to.deep.equal([[], []]);
  });
  it('puts nothing into a namespace that is not there', async () => {
    expect(await codeOf(world.store.insertTarget(aTarget({ id: uuid(), namespace: 'nowhere' })))).to.equal('notFound');
    const { token, hash } = await aToken({ namespace: 'nowhere' });
    expect(await codeOf(world.store.insertToken(token, hash))).to.equal('notFound');
  });
  it('finds a token by its hash, lists those of a namespace, and forgets a deleted one at once', async () => {
    const { token, hash } = await aToken();
    await world.store.insertToken(token, hash);
    expect(await world.store.tokenByHash(hash)).to.deep.equal({ token, hash });
    expect(await world.store.tokens(token.namespace)).to.deep.equal([token]);
    expect(await world.store.token(token.namespace, 'ci')).to.deep.equal(token);
    expect(await world.store.token('default', 'ci')).to.equal(undefined);
    const again = await aToken({ namespace: token.namespace });
    expect(await codeOf(world.store.insertToken(again.token, again.hash))).to.equal('conflict');
    expect(await world.store.deleteToken('default', 'ci')).to.equal(undefined);
    expect(await world.store.deleteToken(token.namespace, 'ci')).to.deep.equal(token);
    expect(await world.store.tokenByHash(hash)).to.equal(undefined);
    expect(await world.store.deleteToken(token.namespace, 'ci')).to.equal(undefined);
  });
  it('finds a Job in its own namespace only, and not that of a deleted Deployment', async () => {
    const { deployment, job } = await withJob({ state: 'FINISHED' });
    expect((await world.store.job(job.id, 'default'))?.job).to.deep.equal(job);
    expect(await world.store.job(job.id, await aNamespace())).to.equal(undefined);
    await world.store.change(deployment.id, (held, now) => ({ deployment: { ...held.deployment, deletedAt: now }, jobs: [], events: [] }));
    expect(await world.store.job(job.id, 'default')).to.equal(undefined);
    expect((await world.store.job(job.id))?.job.id).to.equal(job.id);
  });
  it('lists and finds nothing of another namespace, by whatever id', async () => {
    const [{ deployment, job }, other, { store, target }] = [await withJob(), await aNamespace(), world];
    const [event] = await store.events('default', { deploymentId: deployment.id }, { limit: 1 });
    expect(event).not.to.equal(undefined);
    expect(
      await Promise.all([
        store.deployment(other, deployment.id),
        store.deployment(other, deployment.name),
        store.target(other, target.id),
        store.target(other, target.name),
      ]),
    ).to.deep.equal([undefined, undefined, undefined, undefined]);
    expect(
      await Promise.all([
        store.deployments(other),
        store.targets(other),
        store.strayTargets(other),
        store.jobs(other, {}),
        store.jobs(other, { deploymentId: deployment.id }),
        store.events(other, {}, { limit: 10 }),
        store.events(other, { deploymentId: deployment.id }, { limit: 10 }),
        store.events(other, { jobId: job.id }, { limit: 10 }),
      ]),
    ).to.deep.equal([[], [], [], [], [], [], [], []]);
  });
  it('takes the same names in two namespaces', async () => {
    const namespaces = await Promise.all([aNamespace(), aNamespace()]);
    for (const namespace of namespaces) {
      const at = { id: uuid(), name: 'same', namespace, createdAt: await world.store.now() };
      await world.store.insertTarget(aTarget(at));
      await world.stored({ name: 'same', namespace, spec: { deploymentTargetId: at.id } });
    }
    const found = await Promise.all(namespaces.map((namespace) => world.store.deployment(namespace, 'same')));
    expect(found.map((deployment) => deployment?.namespace)).to.deep.equal(namespaces);
  });
}
