import { expect } from 'chai';
import { it } from 'mocha';
import { aSeen } from '../factories.ts';
import { rename, type StoreWorld } from './world.ts';

/** What a Store promises to those who watch. */
export function watchingContract(world: StoreWorld): void {
  it('tells what changed since a moment: Deployments, Jobs also by sightings, events', async () => {
    const { deployment, job } = await world.withJob({ restarts: 0 });
    const since = new Date((await world.store.now()).getTime() - 1);
    await world.store.change(deployment.id, rename);
    const versionOf = async (kind: 'deployments' | 'jobs', id: string) =>
      (await world.store.changesSince(kind, since)).marks.find((mark) => mark.id === id)?.version;
    expect(await versionOf('deployments', deployment.id)).to.equal(2);
    const { version } = (await world.store.job(job.id))!.job;
    expect(await world.store.recordSightings([{ job, seen: aSeen({ restarts: 9 }), ageMs: () => 0 }])).to.equal(1);
    expect(await versionOf('jobs', job.id)).to.equal(version + 1);
    const news = (await world.store.changesSince('events', since)).marks.map(({ id }) => id);
    const events = (await world.store.eventsByIds(news)).filter(({ deploymentId }) => deploymentId === deployment.id);
    expect(events.map(({ message }) => message)).to.include('renamed');
    expect((await world.store.changesSince('deployments', new Date((await world.store.now()).getTime() + 1000))).marks).to.deep.equal([]);
  });
  it('tells what was deleted, also when its row is gone', async () => {
    const { deployment, job } = await world.withJob({ state: 'FINISHED' });
    const since = new Date((await world.store.now()).getTime() - 1);
    await world.store.change(deployment.id, (held, now) => ({ deployment: { ...held.deployment, deletedAt: now }, jobs: [], events: [] }));
    expect(await world.store.deploymentsByIds([deployment.id])).to.deep.equal([]);
    expect(await world.store.jobsByIds([job.id])).to.deep.equal([]);
    while (await world.store.purgeDeployment(deployment.id, 10, 1000));
    const deleted = async (kind: 'deployments' | 'jobs', id: string) =>
      (await world.store.changesSince(kind, since)).marks.filter((mark) => mark.id === id).map((mark) => mark.deleted);
    expect(await deleted('deployments', deployment.id)).to.deep.equal([{ namespace: 'default', name: deployment.name }]);
    expect(await deleted('jobs', job.id)).to.deep.equal([{ namespace: 'default', deploymentId: deployment.id }]);
    expect(await world.store.forgetDeletions(10)).to.equal(0);
  });
}
