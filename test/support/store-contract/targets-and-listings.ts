import { expect } from 'chai';
import { it } from 'mocha';
import { v7 as uuid } from 'uuid';
import { aTarget } from '../factories.ts';
import { codeOf, rename, type StoreWorld } from './world.ts';

/** What a Store promises about targets, and about what it finds and lists: Deployments, Jobs, events and due commands. */
export function targetsAndListingsContract(world: StoreWorld): void {
  const { stored, withJob } = world;

  it('finds a Deployment by name or id, and hides a deleted one, its Jobs and its events', async () => {
    const { deployment } = await withJob({ state: 'FINISHED' });
    expect((await world.store.deployment('default', deployment.id))?.name).to.equal(deployment.name);
    await world.store.change(deployment.id, (held, now) => ({ deployment: { ...held.deployment, deletedAt: now }, jobs: [], events: [] }));
    expect(await world.store.deployment('default', deployment.name)).to.equal(undefined);
    expect(await world.store.jobs('default', { deploymentId: deployment.id })).to.deep.equal([]);
    expect(await world.store.events('default', { deploymentId: deployment.id }, { limit: 10 })).to.deep.equal([]);
    await stored({ name: deployment.name });
  });
  it('tells the active Jobs from those that ended', async () => {
    const { deployment, job } = await withJob({ state: 'FAILED' });
    expect(await world.store.jobs('default', { deploymentId: deployment.id, active: true })).to.deep.equal([]);
    expect(await world.store.jobs('default', { deploymentId: deployment.id })).to.deep.equal([job]);
    const running = await withJob();
    expect(await world.store.jobs('default', { deploymentId: running.deployment.id, active: true })).to.deep.equal([running.job]);
  });
  it('pages Deployments and Jobs, and chooses Jobs by Deployment and state', async () => {
    const all = (await world.store.deployments('default')).map(({ id }) => id);
    const paged: string[] = [];
    for (let after: string | undefined; paged.length < all.length; after = paged.at(-1))
      paged.push(
        ...(await world.store.deployments('default', { limit: 2, ...(after === undefined ? {} : { after }) })).map(({ id }) => id),
      );
    expect(paged).to.deep.equal(all);
    const [one, other] = [await withJob(), await withJob({ state: 'FAILED' })];
    const deploymentIds = [one.deployment.id, other.deployment.id];
    const found = (await world.store.jobs('default', { deploymentIds })).map(({ id }) => id);
    expect(found).to.deep.equal([one.job.id, other.job.id].sort());
    expect((await world.store.jobs('default', { deploymentIds, state: 'FAILED' })).map(({ id }) => id)).to.deep.equal([other.job.id]);
    const second = await world.store.jobs('default', { deploymentIds }, { limit: 1, after: found[0]! });
    expect(second.map(({ id }) => id)).to.deep.equal([found[1]]);
    expect(await world.store.jobs('default', { deploymentIds: [] })).to.deep.equal([]);
  });
  it('pages events', async () => {
    const deployment = await stored();
    for (let i = 0; i < 4; i++) await world.store.change(deployment.id, rename);
    const first = await world.store.events('default', { deploymentId: deployment.id }, { limit: 3 });
    const rest = await world.store.events('default', { deploymentId: deployment.id }, { limit: 3, after: first[2]!.id });
    expect([...first, ...rest].map(({ number }) => number)).to.deep.equal([1, 2, 3, 4, 5]);
  });
  it('tells what is due', async () => {
    const now = await world.store.now();
    const late = await stored({ dueAt: now });
    const later = await stored({ dueAt: new Date(now.getTime() + 3_600_000) });
    const starting = await withJob({ state: 'STARTING', submission: 'none', createdAt: now });
    const terminating = await withJob({ state: 'TERMINATING', terminatingAt: now });
    const due = await world.store.dueCommands(1000, 0);
    expect(due).to.deep.include.members([
      { kind: 'deployment', id: late.id },
      { kind: 'start', id: starting.job.id },
      { kind: 'terminate', id: terminating.job.id },
    ]);
    expect(due.map(({ id }) => id)).not.to.include(later.id);
    const paged: string[] = [];
    for (let skip = 0; paged.length < due.length; skip++) paged.push(...(await world.store.dueCommands(1, skip)).map(({ id }) => id));
    expect(paged.sort()).to.deep.equal(due.map(({ id }) => id).sort());
  });
  it('knows which targets are to be looked at', async () => {
    const busy = aTarget({ id: uuid(), name: `t-${uuid()}`, hash: 61 + 64 });
    await world.store.insertTarget(busy);
    expect(await world.store.busyTargets(61, 64)).to.deep.equal([]);
    const { job, deployment } = await withJob({ targetId: busy.id });
    await world.store.change(deployment.id, (held) => ({ deployment: held.deployment, jobs: [{ ...job, restarts: 1 }], events: [] }));
    expect((await world.store.busyTargets(61, 64)).map(({ id }) => id)).to.deep.equal([busy.id]);
    const watched = (await world.store.watchedJobs(busy.id)).jobs;
    const { spec, annotations, ...record } = (await world.store.job(job.id))!.job;
    expect(watched.map((each) => ({ ...each, spec, annotations }))).to.deep.equal([{ ...record, spec, annotations }]);
  });
  it('keeps a target that is in use', async () => {
    await stored();
    expect(await codeOf(world.store.deleteTarget(world.target))).to.equal('conflict');
    const unused = aTarget({ id: uuid(), name: `t-${uuid()}` });
    await world.store.insertTarget(unused);
    expect(await codeOf(world.store.insertTarget({ ...unused, id: uuid() }))).to.equal('conflict');
    await world.store.deleteTarget(unused);
    expect(await world.store.target('default', unused.name)).to.equal(undefined);
  });
  it('updates a target under its version', async () => {
    const shown = aTarget({ id: uuid(), name: `t-${uuid()}` });
    await world.store.insertTarget(shown);
    expect(await world.store.updateTarget({ ...shown, labels: { a: 'b' } })).to.deep.include({ labels: { a: 'b' }, version: 2 });
    expect(await codeOf(world.store.updateTarget(shown))).to.equal('stalePrecondition');
  });
}
