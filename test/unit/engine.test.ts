import { expect } from 'chai';
import { describe, it } from 'mocha';
import { v7 as uuid } from 'uuid';
import { DreyError } from '../../src/domain/errors.ts';
import { createEngine } from '../../src/engine/engine.ts';
import type { Store } from '../../src/ports/store.ts';
import { aDeployment, aSpec, aTarget, LIMITS, deaf, silent } from '../support/factories.ts';
import { memoryStore } from '../support/memory-store.ts';

const target = aTarget();
const edit = (given: Parameters<typeof aSpec>[0] = {}) => ({
  input: { labels: {}, annotations: {}, spec: aSpec(given) },
  target,
  events: [],
});

/** The engine on a store in memory, and what it woke; `wake` may be told to fail. */
async function world(store: Store = memoryStore(), wake: () => Promise<void> = () => Promise.resolve()) {
  await store.insertTarget(target);
  const woken: string[] = [];
  const queue = {
    wake: ({ kind }: { kind: string }) => {
      woken.push(kind);
      return wake();
    },
    ensure: () => Promise.resolve(),
    ping: () => Promise.resolve(),
  };
  return { store, woken, engine: createEngine({ store, queue, limits: LIMITS, newId: () => uuid(), listener: deaf, log: silent }) };
}

describe('engine', () => {
  it('makes the Job of a new Deployment and wakes its start', async () => {
    const { engine, store, woken } = await world();
    const { id, state } = await engine.deployments.create('default', 'd', edit());
    expect(state).to.equal('TRANSITIONING');
    expect((await store.jobs('default', { deploymentId: id })).map((job) => job.state)).to.deep.equal(['STARTING']);
    expect(woken).to.deep.equal(['start']);
  });
  it('accepts a change while the queue is away: the row is due', async () => {
    const { engine, store } = await world(undefined, () => Promise.reject(new DreyError('unavailable', 'Redis is away')));
    const { id } = await engine.deployments.create('default', 'd', edit());
    const [job] = await store.jobs('default', { deploymentId: id });
    expect(await store.dueCommands(10, 0)).to.deep.equal([{ kind: 'start', id: job?.id }]);
  });
  it('says that a Deployment was made although its first step has to wait, and makes it later', async () => {
    const right = memoryStore();
    let isAway = true;
    const change: Store['change'] = (id, decide) =>
      isAway ? Promise.reject(new DreyError('unavailable', 'away')) : right.change(id, decide);
    const { engine, store } = await world({ ...right, change });
    const { id } = await engine.deployments.create('default', 'd', edit());
    expect(await store.dueCommands(10, 0)).to.deep.equal([{ kind: 'deployment', id }]);
    isAway = false;
    expect(await engine.deployments.advance(id)).to.equal(undefined);
    expect(await store.jobs('default', { deploymentId: id })).to.have.length(1);
  });
  it('has nothing to do but to clean up for a Deployment that was deleted before its first step', async () => {
    const { engine, store } = await world();
    const id = uuid();
    await store.insertDeployment(aDeployment({ id, dueAt: new Date(0), spec: { state: 'CANCELLED' } }), []);
    await engine.deployments.remove(id, undefined);
    expect(await store.dueCommands(10, 0)).to.deep.equal([{ kind: 'cleanup', id }]);
    expect(await engine.deployments.advance(id)).to.equal(undefined);
  });
  it('writes nothing for a change that changes nothing', async () => {
    const { engine, store } = await world();
    const made = await engine.deployments.create('default', 'd', edit());
    expect(await engine.deployments.update(made.id, undefined, () => edit())).to.deep.equal({ deployment: made, changed: false });
    expect(await store.deployment('default', 'd')).to.deep.equal(made);
  });
  it('refuses a change by its version only when a user changed it after that', async () => {
    const { engine, store } = await world();
    const { id, version } = await engine.deployments.create('default', 'd', edit({ state: 'CANCELLED' }));
    const moved = await store.change(id, ({ deployment }) => ({ deployment: { ...deployment, state: 'FAILED' }, jobs: [], events: [] }));
    expect(moved?.deployment.version).to.be.greaterThan(version);
    const labelled = { ...edit({ state: 'CANCELLED' }), input: { ...edit({ state: 'CANCELLED' }).input, labels: { a: 'b' } } };
    await engine.deployments.update(id, version, () => labelled);
    const stale = await engine.deployments.update(id, version, () => edit()).catch((error: unknown) => error);
    expect(stale).to.include({ code: 'stalePrecondition' });
  });
});
