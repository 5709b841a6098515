import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Batch, Change } from '../../src/api/watch/feed.ts';
import { streamOn } from '../../src/api/watch/stream.ts';

/** A response whose client takes nothing, until told. */
class Response extends EventEmitter {
  readonly written: string[] = [];
  destroyed = false;
  ended = false;
  takes = true;
  writeHead(): void {
    return undefined;
  }
  write(text: string): boolean {
    this.written.push(text);
    return this.takes;
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

const change = (id: string): Change => ({
  type: 'MODIFIED',
  resource: { apiVersion: 'v1', kind: 'Job', metadata: { id, namespace: 'default', resourceVersion: 1 } },
});
const nothing = async function* (): AsyncGenerator<Batch> {
  await Promise.resolve();
  yield { changes: [], upTo: new Date(5) };
};

describe('a stream of server-sent events', () => {
  const made = (given: Partial<Response> = {}, isStillAllowed = () => Promise.resolve(true)) => {
    const raw = Object.assign(new Response(), given);
    return { raw, stream: streamOn(raw as unknown as ServerResponse, { shown: (each) => each, isStillAllowed, heartbeatMs: 5 }) };
  };

  it('drops a client that takes nothing while more and more changes wait', async () => {
    const { raw, stream } = made({ takes: false });
    const run = stream.run(nothing());
    for (let i = 0; i < 10; i++) stream.push({ changes: Array.from({ length: 1000 }, (_, n) => change(String(n))), upTo: new Date(6) });
    expect(raw.destroyed).to.equal(false);
    stream.push({ changes: [change('one more')], upTo: new Date(7) });
    expect(raw.destroyed).to.equal(true);
    await run;
    expect(raw.ended).to.equal(true);
    expect(raw.written.filter((text) => text.includes('data:'))).to.deep.equal([]);
  });
  it('moves the id only when a whole batch was sent', async () => {
    const { raw, stream } = made();
    const run = stream.run(nothing());
    stream.push({ changes: [change('a')] });
    stream.push({ changes: [change('b')], upTo: new Date(9) });
    while (raw.written.at(-1) !== 'id: 9\n\n') await new Promise((resolve) => setImmediate(resolve));
    stream.end();
    await run;
    const ids = raw.written.filter((text) => !text.startsWith(':')).map((text) => /^id: (\d+)$/m.exec(text)?.[1]);
    expect(ids).to.deep.equal([undefined, '5', '5', '5', '9']);
  });
  it('ends at the first heartbeat at which its client may not have it any more, and not while that cannot be told', async () => {
    const answers = [() => Promise.resolve(true), () => Promise.reject(new Error('away')), () => Promise.resolve(false)];
    const { raw, stream } = made({}, () => answers.shift()?.() ?? Promise.resolve(true));
    await stream.run(nothing());
    expect(raw.ended).to.equal(true);
    expect(raw.written.filter((text) => text.startsWith(':'))).to.have.length(2);
    expect(answers).to.deep.equal([]);
  });
  it('holds no more than one change of a batch as text for a client that takes nothing', async () => {
    const { raw, stream } = made();
    const run = stream.run(nothing());
    while (raw.written.at(-1) !== 'id: 5\n\n') await new Promise((resolve) => setImmediate(resolve));
    raw.takes = false;
    stream.push({ changes: Array.from({ length: 500 }, (_, n) => change(String(n))), upTo: new Date(6) });
    while (!raw.written.some((text) => text.includes('data:'))) await new Promise((resolve) => setImmediate(resolve));
    raw.destroy();
    await run;
    expect(raw.written.flatMap((text) => text.match(/^data:/gm) ?? [])).to.have.length(1);
  });
  it('ends at once where the client had gone before', async () => {
    const { raw, stream } = made({ destroyed: true });
    await stream.run(nothing());
    expect(raw.ended).to.equal(true);
  });
});
