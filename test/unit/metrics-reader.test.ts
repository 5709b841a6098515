import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Cluster, JobMetrics, ListedJob } from '../../src/ports/targets.ts';
import { metricsReader } from '../../workers/metrics-reader.ts';
import { after, aSubmittedJob, MINUTE, NOW } from '../support/factories.ts';

describe('metrics reader', () => {
  const job = aSubmittedJob({ state: 'STARTED', startedAt: NOW, flinkWord: 'RUNNING', flinkStartedAtMs: 1 });
  const running: ListedJob = { id: 'a', word: 'RUNNING', startedAtMs: 1, changedAtMs: 5, tasksReady: true };

  /** A daemon of its own; each look says at what second it is, and answers whether the counters were read. */
  const daemon = (answers: JobMetrics = { restarts: 1 }) => {
    let nowMs = 0;
    const read = metricsReader({ monotonicMs: () => nowMs, metricsIntervalMs: MINUTE });
    return async (second: number, listed: Partial<ListedJob> = {}, row = job, startedAgoMs = 0): Promise<boolean> => {
      nowMs = second * 1000;
      let reads = 0;
      const cluster = { metrics: () => Promise.resolve((reads++, answers)) } as unknown as Cluster;
      await read(row, { ...running, ...listed }, cluster, after(startedAgoMs));
      return reads === 1;
    };
  };

  it('reads after the start, twice more as Flink refreshes what it tells, and then at the interval', async () => {
    const look = daemon();
    const reads: number[] = [];
    for (let second = 0; second < 150; second++) if (await look(second)) reads.push(second);
    expect(reads).to.deep.equal([0, 11, 22, 82, 142]);
  });
  it('reads at once when something moved, and twice more', async () => {
    const look = daemon();
    for (let second = 0; second < 30; second++) await look(second);
    const moved = { changedAtMs: 6 };
    const reads: number[] = [];
    for (let second = 30; second < 120; second++) if (await look(second, moved)) reads.push(second);
    expect(reads).to.deep.equal([30, 41, 52, 112]);
    expect([await look(120, { ...moved, word: 'RESTARTING' }), await look(121, { ...moved, startedAtMs: 2 })]).to.deep.equal([true, true]);
  });
  it('takes nothing for a change that Flink does not tell', async () => {
    const look = daemon();
    await look(0);
    const { changedAtMs, ...untold } = running;
    expect(await look(5, { ...untold, changedAtMs: undefined } as unknown as ListedJob)).to.equal(false);
    expect(await look(6)).to.equal(false);
  });
  it('asks an empty answer again at the next looks, three times', async () => {
    const look = daemon({});
    expect([await look(0), await look(1), await look(2), await look(3), await look(4)]).to.deep.equal([true, true, true, true, false]);
  });
  it('spreads the first reading of Jobs that started long ago over the interval', async () => {
    const ids = ['01900000-0000-7000-8000-000000000000', '01900000-0000-7000-8000-000000008000', '01900000-0000-7000-8000-00000000ffff'];
    const firstReadAt = async (id: string): Promise<number> => {
      const look = daemon();
      for (let second = 0; ; second++) if (await look(second, {}, { ...job, id }, 2 * MINUTE)) return second;
    };
    expect([await firstReadAt(ids[0]!), await firstReadAt(ids[1]!), await firstReadAt(ids[2]!)]).to.deep.equal([0, 30, 60]);
  });
  it('reads nothing of a job that does not run', async () => {
    expect(await daemon()(0, { word: 'CANCELED' })).to.equal(false);
  });
});
