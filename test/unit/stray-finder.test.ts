import { expect } from 'chai';
import { describe, it } from 'mocha';
import { strayFinder } from '../../workers/strays.ts';
import type { FlinkId } from '../../src/domain/flink-id.ts';
import type { Cluster, ClusterView } from '../../src/ports/targets.ts';
import { aTarget } from '../support/factories.ts';
import { memoryStore } from '../support/memory-store.ts';

describe('the count of the jobs of others on a target', () => {
  const target = aTarget();
  const viewOf = (...ids: string[]): ClusterView => ({
    endpoint: 'GET http://simulated/jobs/overview',
    fingerprint: 'one',
    highAvailability: false,
    ageMs: () => 0,
    jobs: new Map(ids.map((id) => [id, { id, word: 'RUNNING', startedAtMs: 1, tasksReady: true }])),
  });
  /** Knows no job by its id. */
  const empty = { find: () => Promise.resolve(undefined) } as unknown as Cluster;
  const nothing = { found: () => Promise.resolve(), over: () => Promise.resolve() };

  function world() {
    let nowMs = 0;
    const writes: number[] = [];
    const store = {
      ...memoryStore(() => new Date(nowMs)),
      noteForeign: (_: string, count: number) => Promise.resolve(void writes.push(count)),
    };
    const daemon = () => {
      const find = strayFinder({ store, engine: { strays: nothing } as never, monotonicMs: () => nowMs });
      return (...ids: string[]) => find(target, empty, viewOf(...ids), new Set());
    };
    return { writes, daemon, pass: (ms: number) => (nowMs += ms) };
  }

  it('is written when it changed', async () => {
    const { writes, daemon } = world();
    const look = daemon();
    for (const ids of [['a'], ['a'], ['a', 'b'], [], []]) await look(...ids);
    expect(writes).to.deep.equal([1, 2, 0]);
  });

  it('is put right within a minute when another daemon has noted what was true in between', async () => {
    const { writes, daemon, pass } = world();
    const [one, other] = [daemon(), daemon()];
    await one('a');
    await other();
    await one('a');
    expect(writes.at(-1)).to.equal(0);
    pass(60_000);
    await one('a');
    expect(writes.at(-1)).to.equal(1);
  });
});

describe('a stray that an overview leaves out', () => {
  const stray: FlinkId = { flinkId: 'a'.repeat(32), jobId: 'j', deploymentId: 'd', targetId: 't', straySince: new Date(0) };
  const view: ClusterView = { endpoint: '', fingerprint: 'one', highAvailability: false, ageMs: () => 0, jobs: new Map() };
  for (const [what, word, over] of [
    ['is not over while it lives', 'RUNNING', 0],
    ['is over when it has ended', 'CANCELED', 1],
    ['is over when nobody knows it', undefined, 1],
  ] as const) {
    it(what, async () => {
      const told: (readonly FlinkId[])[] = [];
      const strays = { found: () => Promise.resolve(), over: (ids: readonly FlinkId[]) => Promise.resolve(void told.push(ids)) };
      const store = { ...memoryStore(), straysOf: () => Promise.resolve([stray]) };
      const cluster = {
        find: (id: string) => Promise.resolve(word === undefined ? undefined : { id, word, startedAtMs: 1, tasksReady: true }),
      } as unknown as Cluster;
      await strayFinder({ store, engine: { strays } as never, monotonicMs: () => 0 })(aTarget(), cluster, view, new Set());
      expect(told.flat()).to.have.length(over);
    });
  }
});
