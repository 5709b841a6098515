import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { it } from 'mocha';
import { v7 as uuid } from 'uuid';
import type { StoreWorld } from './world.ts';

const aHash = (): string => randomBytes(32).toString('hex');

/** What a Store promises about Idempotency-Keys. */
export function keysContract(world: StoreWorld): void {
  it('gives a key to one of many requests at the same time, and tells the others what is', async () => {
    const [key, request] = [aHash(), aHash()];
    const claims = await Promise.all(Array.from({ length: 20 }, () => world.store.claimKey({ key, request, resourceId: uuid() })));
    const mine = claims.filter(({ kind }) => kind === 'mine');
    expect(mine).to.have.length(1);
    expect(claims.filter(({ kind }) => kind === 'underWay')).to.have.length(19);
    expect(await world.store.claimKey({ key, request: aHash(), resourceId: uuid() })).to.deep.equal({ kind: 'otherRequest' });
    await world.store.settleKey(key, '/made');
    expect(await world.store.claimKey({ key, request, resourceId: uuid() })).to.deep.equal({ kind: 'done', location: '/made' });
  });
  it('lets a request go on with the same id where another gave up, and gives a dropped key away anew', async () => {
    const [key, request, resourceId] = [aHash(), aHash(), uuid()];
    await world.store.claimKey({ key, request, resourceId });
    await world.store.yieldKey(key);
    expect(await world.store.claimKey({ key, request, resourceId: uuid() })).to.deep.equal({ kind: 'mine', resourceId, isResumed: true });
    await world.store.dropKey(key);
    const other = uuid();
    expect(await world.store.claimKey({ key, request, resourceId: other })).to.deep.equal({
      kind: 'mine',
      resourceId: other,
      isResumed: false,
    });
    await world.store.settleKey(key, '/made');
    await world.store.dropKey(key);
    await world.store.yieldKey(key);
    expect((await world.store.claimKey({ key, request, resourceId: uuid() })).kind).to.equal('done');
    expect(await world.store.forgetKeys(10)).to.equal(0);
  });
}
