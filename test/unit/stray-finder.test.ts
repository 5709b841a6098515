import { expect } from 'chai';
import { describe, it } from 'mocha';
import { strayFinder } from '../../workers/strays.ts';
import type { ClusterView } from '../../src/ports/targets.ts';
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
      return (...ids: string[]) => find(target, viewOf(...ids), new Set());
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
