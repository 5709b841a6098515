import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { DreyError } from '../../src/domain/errors.ts';
import type { Store } from '../../src/ports/store.ts';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { memoryStore } from '../support/memory-store.ts';
import { framesOf, type Frame } from '../support/sse.ts';

describe('watching', () => {
  let api: TestApi;
  let base: string;
  let at: Date;
  let isAway: boolean;
  const open: AbortController[] = [];
  beforeEach(async () => {
    at = new Date();
    isAway = false;
    const store = memoryStore(() => at);
    const changesSince: Store['changesSince'] = (...args) =>
      isAway ? Promise.reject(new DreyError('unavailable', 'away')) : store.changesSince(...args);
    api = await testApi({ ...store, changesSince });
    base = `${await api.app.listen({ port: 0 })}/api/v1/namespaces/default`;
    await api.post(manifest('a', { state: 'RUNNING' }));
  });
  afterEach(async () => {
    for (const abort of open.splice(0)) abort.abort();
    await api.app.close();
  });
  /** Reads on until a frame is as wanted; resolves with all that have data, and the last id. */
  const watch = (path: string, headers: Record<string, string> = {}) => {
    const abort = new AbortController();
    open.push(abort);
    const frames = framesOf(`${base}${path}`, headers, abort.signal);
    let lastId: string | undefined;
    const until = async (isWanted: (frame: Frame) => boolean): Promise<Frame[]> => {
      const read: Frame[] = [];
      for (;;) {
        const next = await frames.next();
        if (next.done === true) throw new Error('the stream has ended');
        const { value } = next;
        lastId = value.id ?? lastId;
        if (value.data !== undefined) read.push(value);
        if (isWanted(value)) return read;
      }
    };
    return {
      until,
      caughtUp: () => until(({ id, data }) => id !== undefined && data === undefined),
      lastId: () => lastId,
      abort: () => abort.abort(),
      frames,
    };
  };
  const told = (frames: readonly Frame[]) => frames.map(({ event, data }) => `${event} ${data?.metadata.name ?? data?.metadata.id ?? ''}`);
  const named = (type: string, name: string) => (frame: Frame) => frame.event === type && frame.data?.metadata.name === name;

  it('tells all that there is, then what changes, by the query or by Accept', async () => {
    for (const [path, headers] of [
      ['/deployments?watch=true', {}],
      ['/deployments', { accept: 'text/event-stream' }],
    ] as const) {
      const stream = watch(path, headers);
      expect(told(await stream.caughtUp()).slice(0, 1)).to.deep.equal(['ADDED a']);
      const name = `b${open.length}`;
      await api.post(manifest(name));
      expect(told(await stream.until(named('ADDED', name)))).to.deep.equal([`ADDED ${name}`]);
      await api.patch(name, { metadata: { labels: { x: 'y' } } });
      expect(told(await stream.until(named('MODIFIED', name)))).to.deep.equal([`MODIFIED ${name}`]);
      await api.send('DELETE', `/deployments/${name}`);
      expect(told(await stream.until(named('DELETED', name)))).to.deep.equal([`DELETED ${name}`]);
    }
  });
  it('goes on after a Last-Event-ID, in the header or the query', async () => {
    const first = watch('/deployments?watch=true');
    await first.caughtUp();
    first.abort();
    // What happened long before is told to nobody again.
    at = new Date(at.getTime() + 200_000);
    const second = watch('/deployments?watch=true', { 'last-event-id': String(at.getTime()) });
    await api.post(manifest('b'));
    expect(told(await second.until(named('ADDED', 'b')))).to.deep.equal(['ADDED b']);
    await second.caughtUp();
    second.abort();
    await api.send('DELETE', '/deployments/b');
    await api.post(manifest('c'));
    at = new Date(at.getTime() + 3_600_000);
    const third = await watch(`/deployments?watch=true&lastEventId=${second.lastId()!}`).caughtUp();
    expect(told(third)).to.have.members(['DELETED b', 'ADDED c']);
  });
  it('tells Jobs and events of one Deployment, each event once', async () => {
    const { body } = await api.post(manifest('b', { state: 'RUNNING' }));
    const { id } = body.metadata;
    const jobs = watch(`/jobs?watch=true&deploymentId=${id}`);
    const events = watch(`/events?watch=true&deploymentId=${id}`);
    expect(await jobs.caughtUp()).to.have.length(1);
    const seen = await events.caughtUp();
    await api.patch('a', { spec: { state: 'CANCELLED' } });
    await api.patch('b', { spec: { state: 'CANCELLED' } });
    expect((await jobs.until(({ data }) => data !== undefined))[0]).to.have.nested.property('data.metadata.deploymentId', id);
    const all = (await api.send('GET', `/events?deploymentId=${id}`)).body.items.map(({ metadata }) => metadata.id);
    const wanted = all.length - seen.length;
    expect(wanted).to.be.greaterThan(0);
    let count = 0;
    seen.push(...(await events.until(({ data }) => data !== undefined && ++count === wanted)));
    expect(seen.map(({ data }) => data?.metadata.id).sort()).to.deep.equal([...all].sort());
  });
  it('tells as DELETED what is no longer wanted', async () => {
    const stream = watch('/deployments?watch=true&labelSelector=team%3Dx');
    expect(await stream.caughtUp()).to.deep.equal([]);
    await api.patch('a', { metadata: { labels: { team: 'x' } } });
    expect(told(await stream.until(named('MODIFIED', 'a')))).to.deep.equal(['MODIFIED a']);
    await api.patch('a', { metadata: { labels: null } });
    expect(told(await stream.until(named('DELETED', 'a')))).to.deep.equal(['DELETED a']);
  });
  it('misses nothing while the database was away', async () => {
    const stream = watch('/deployments?watch=true');
    await stream.caughtUp();
    isAway = true;
    await api.post(manifest('b'));
    at = new Date(at.getTime() + 300_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    isAway = false;
    expect(told(await stream.until(named('ADDED', 'b')))).to.deep.equal(['ADDED b']);
  });
  it('refuses what it cannot go on from', async () => {
    const answers = [
      ['lastEventId=x', 400, 'badRequest'],
      [`lastEventId=${at.getTime() - 25 * 3_600_000}`, 410, 'gone'],
      [`lastEventId=${at.getTime() + 3_600_000}`, 410, 'gone'],
      ['watch=maybe', 400, 'badRequest'],
    ] as const;
    for (const [query, status, reason] of answers) {
      const { body } = await api.send('GET', `/deployments?watch=true&${query}`.replace('watch=true&watch', 'watch'));
      expect([body.statusCode, body.reason], query).to.deep.equal([status, reason]);
    }
    expect((await api.send('GET', '/deployment-targets', undefined, { accept: 'text/event-stream' })).status).to.equal(406);
    isAway = true;
    expect((await api.send('GET', '/jobs?watch=true')).status).to.equal(503);
  });
  it('answers HEAD at once', async () => expect((await api.send('HEAD', '/jobs?watch=true')).status).to.equal(200));
  it('ends its streams when the server closes', async () => {
    const streams = [watch('/deployments?watch=true'), watch('/jobs?watch=true')];
    for (const stream of streams) await stream.caughtUp();
    await api.app.close();
    for (const { frames } of streams) for await (const frame of frames) expect(frame.data).to.equal(undefined);
  });
});
