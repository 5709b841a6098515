import { expect } from 'chai';
import { describe, it } from 'mocha';
import { createReleasers } from '../../src/releasers.ts';

describe('releasers', () => {
  const closing = (closed: string[], name: string) => async () => {
    await Promise.resolve();
    closed.push(name);
  };

  it('closes the last opened first', async () => {
    const closed: string[] = [];
    const releasers = createReleasers();
    for (const name of ['database', 'queue', 'server']) releasers.push(name, closing(closed, name));
    await releasers.releaseAll();
    expect(closed).to.deep.equal(['server', 'queue', 'database']);
  });

  it('closes each once, however often it is told to', async () => {
    const closed: string[] = [];
    const releasers = createReleasers();
    releasers.push('database', closing(closed, 'database'));
    await Promise.all([releasers.releaseAll(), releasers.releaseAll()]);
    await releasers.releaseAll();
    expect(closed).to.deep.equal(['database']);
  });

  it('closes the others when one cannot be closed, and says which', async () => {
    const closed: string[] = [];
    const releasers = createReleasers();
    releasers.push('database', closing(closed, 'database'));
    releasers.push('queue', () => Promise.reject(new Error('no answer')));
    const error: unknown = await releasers.releaseAll().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AggregateError).with.property('message', 'queue could not be closed: no answer');
    expect(closed).to.deep.equal(['database']);
  });

  it('closes what is opened while the rest is being closed, and after it', async () => {
    const closed: string[] = [];
    const releasers = createReleasers();
    releasers.push('database', closing(closed, 'database'));
    const released = releasers.releaseAll();
    releasers.push('late', closing(closed, 'late'));
    await released;
    releasers.push('too late', closing(closed, 'too late'));
    await releasers.releaseAll();
    expect(closed).to.deep.equal(['database', 'late', 'too late']);
  });

  it('has nothing to do when nothing was opened', async () => {
    await createReleasers().releaseAll();
  });
});
