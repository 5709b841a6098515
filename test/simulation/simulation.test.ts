import { expect } from 'chai';
import { describe, it } from 'mocha';
import { live } from './history.ts';

const SEEDS = Number(process.env['DREY_TEST_SEEDS'] ?? 2500);
const FIRST = Number(process.env['DREY_TEST_SEED'] ?? 1);
/** Of one seed, on a machine that does other things as well. */
const MOST_MS = 60;

describe('simulation', () => {
  it(`${SEEDS} seeds from ${FIRST} on keep every promise, and between them reach every transition and every step of a script`, async () => {
    const reached = new Set<string>();
    const scriptSteps = new Set<string>();
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      try {
        const { transitionsSeen, scriptStepsSeen, faults, acts } = await live(seed);
        for (const transition of transitionsSeen) reached.add(transition);
        for (const step of scriptStepsSeen) scriptSteps.add(step);
        expect(faults).to.be.at.least(4);
        expect(acts).to.be.at.least(2);
      } catch (cause) {
        throw new Error(
          `seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}; again: DREY_TEST_SEED=${seed} DREY_TEST_SEEDS=1 npm run test:simulation`,
          { cause },
        );
      }
    }
    if (SEEDS >= 500) {
      expect([...reached]).to.include.members([
        'STARTING→STARTED',
        'STARTING→FAILED',
        'STARTING→TERMINATING',
        'STARTED→TERMINATING',
        'STARTED→FAILED',
        'STARTED→FINISHED',
        'TERMINATING→TERMINATED',
        'TERMINATING→FAILED',
      ]);
      expect([...scriptSteps]).to.include.members([
        'none→opened',
        'opened→defining',
        'defining→defining',
        'defining→planning',
        'planning→planning',
        'planning→describing',
        'describing→submitting',
        'submitting→submitting',
        ...['defining', 'planning', 'describing', 'submitting'].map((stage) => `${stage}→none`),
      ]);
    }
  }).timeout(Math.max(150_000, SEEDS * MOST_MS));

  it('a seed always tells the same history', async () => {
    const first = await live(7);
    expect(first.lines.length).to.be.greaterThan(10);
    for (let i = 0; i < 5; i++) expect((await live(7)).digest).to.equal(first.digest);
  });
});
