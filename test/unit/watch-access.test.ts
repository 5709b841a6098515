import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { accessWorld, ADMIN_TOKEN, type AccessWorld } from '../support/access-world.ts';
import { framesOf } from '../support/sse.ts';

describe('who watches', () => {
  let world: AccessWorld;
  let url: string;
  beforeEach(async () => {
    world = await accessWorld({ watchLimits: { pollMs: 10, heartbeatMs: 10, mostOfOne: 3 } });
    url = await world.api.app.listen({ port: 0 });
  });
  afterEach(() => world.api.app.close());

  /** A stream that has told all that there is. */
  const caughtUp = async (token: string, namespace: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const frames = framesOf(`${url}/api/v1/namespaces/${namespace}/jobs?watch=true`, headers, AbortSignal.timeout(5000));
    for (;;) {
      const next = await frames.next();
      if (next.done === true) throw new Error('the stream has ended');
      if (next.value.id !== undefined && next.value.data === undefined) return frames;
    }
  };
  /** What is still told until the stream ends. */
  const rest = async (frames: AsyncIterable<{ readonly data?: unknown }>) => {
    const told = [];
    for await (const { data } of frames) if (data !== undefined) told.push(data);
    return told;
  };

  it('is told nothing more once its token is deleted, and others are', async () => {
    const [gone, kept] = [
      await caughtUp(world.tokens['team-a']!.viewer, 'team-a'),
      await caughtUp(world.tokens['team-b']!.viewer, 'team-b'),
    ];
    const deleted = await world.ask(ADMIN_TOKEN, 'DELETE', '/apitokens/v1/namespaces/team-a/apitokens/team-a-viewer');
    expect(deleted.status).to.equal(200);
    expect(await rest(gone)).to.deep.equal([]);
    expect((await kept.next()).done).to.equal(false);
  });
  it('leaves places to others', async () => {
    const token = world.tokens['team-a']!.viewer;
    const streams = await Promise.all(Array.from({ length: 3 }, () => caughtUp(token, 'team-a')));
    const refused = await caughtUp(token, 'team-a').catch(String);
    expect(refused).to.match(/^Error: 429 .*3 requests of this token watch already/);
    await caughtUp(world.tokens['team-a']!.editor, 'team-a');
    expect(streams).to.have.length(3);
  });
  it('is told nothing more once the namespace is deleted, also the admin', async () => {
    await world.ask(ADMIN_TOKEN, 'POST', '/namespaces/v1/namespaces', { name: 'namespaces/short' });
    const frames = await caughtUp(ADMIN_TOKEN, 'short');
    expect((await world.ask(ADMIN_TOKEN, 'DELETE', '/namespaces/v1/namespaces/short')).status).to.equal(200);
    expect(await rest(frames)).to.deep.equal([]);
  });
});
