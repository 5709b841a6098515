import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { conditionsOf, type Condition } from '../../src/domain/conditions.ts';
import {
  historyAfter,
  RESTART_CONDITIONS,
  turnOf,
  type RestartCondition,
  type RestartHistory,
  type RestartTurn,
} from '../../src/domain/restarts.ts';
import { after, aSubmittedJob, MINUTE, NOW } from '../support/factories.ts';

const started = aSubmittedJob({ state: 'STARTED', startedAt: NOW });

/** [minutes after NOW, restarts]: when the count was seen to grow, and by how much. */
type Growth = readonly [at: number, restarts: number];

const historyOf = (growths: readonly Growth[]): RestartHistory | undefined =>
  growths.reduce<RestartHistory | undefined>((history, [at, restarts]) => historyAfter(history, restarts, after(at * MINUTE)), undefined);

function conditionAt(growths: readonly Growth[], type: Condition['type'], minute: number): Condition {
  const restartHistory = historyOf(growths);
  const job = restartHistory === undefined ? started : { ...started, restartHistory };
  return conditionsOf(job, after(minute * MINUTE)).find((condition) => condition.type === type)!;
}

describe('conditions', () => {
  it('are told each, also while there is nothing remarkable', () => {
    const all = { isTrue: false, lastTransitionAt: NOW, lastUpdateAt: NOW };
    expect(conditionsOf(started, after(9))).to.deep.equal([
      { ...all, type: 'ClusterUnreachable', reason: 'ClusterAnswers', message: 'Flink answers' },
      { ...all, type: 'JobFailing', reason: 'FewRestarts', message: '0 restarts seen in the last 10 minutes' },
      { ...all, type: 'JobUnstable', reason: 'FewRestarts', message: '0 restarts seen in the last 60 minutes' },
    ]);
  });
  it('ClusterUnreachable is True with the cause and since when, while Flink does not answer', () => {
    expect(conditionsOf({ ...started, unreachable: 'connect ECONNREFUSED', reachChangedAt: after(7) }, after(9))[0]).to.deep.include({
      isTrue: true,
      message: 'connect ECONNREFUSED',
      lastTransitionAt: after(7),
      lastUpdateAt: NOW,
    });
  });

  const loop: Growth[] = [0, 1, 2].map((minute) => [minute, 1]);
  for (const [name, growths, type, minute, expected] of [
    ['two restarts are not many', loop.slice(0, 2), 'JobFailing', 2, [false, 0, 2]],
    ['the third makes JobFailing True', loop, 'JobFailing', 2, [true, 2, 3]],
    ['and JobUnstable', loop, 'JobUnstable', 2, [true, 2, 3]],
    ['it stays True while the three are within 10 minutes', loop, 'JobFailing', 9.99, [true, 2, 3]],
    ['and is False from when the oldest is out', loop, 'JobFailing', 10, [false, 10, 2]],
    ['10 minutes after the last it is False, and nothing is left', loop, 'JobFailing', 12, [false, 10, 0]],
    ['while JobUnstable stays', loop, 'JobUnstable', 59, [true, 2, 3]],
    ['for an hour', loop, 'JobUnstable', 61, [false, 60, 1]],
    ['three at one look count from then, whenever they were', [[30, 3]], 'JobFailing', 30, [true, 30, 3]],
    ['three within 11 minutes make JobUnstable alone', [...loop.slice(0, 2), [11, 1]], 'JobFailing', 11, [false, 0, 1]],
    ['', [...loop.slice(0, 2), [11, 1]], 'JobUnstable', 11, [true, 11, 3]],
    ['a loop that goes on is True since its third', [...loop, [5, 1], [9, 1]], 'JobFailing', 11, [true, 2, 3]],
    ['also when it has gone on for hours', Array.from({ length: 200 }, (_, i): Growth => [i, 1]), 'JobUnstable', 200, [true, 2, 59]],
    ['one restart long afterwards does not move when it became False', [...loop, [200, 1]], 'JobFailing', 201, [false, 10, 1]],
  ] as const)
    it(name === '' ? `… (${type})` : name, () => {
      const { isTrue, lastTransitionAt, message } = conditionAt(growths, type, minute);
      expect([isTrue, (lastTransitionAt.getTime() - NOW.getTime()) / MINUTE, Number.parseInt(message)]).to.deep.equal(expected);
    });

  it('are what every restart that was ever seen says, while at most 60 samples of an hour are kept', () => {
    const pause = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 6 }) }, fc.integer({ min: 7, max: 80 }));
    const growth = fc.tuple(pause, fc.integer({ min: 1, max: 4 }));
    fc.assert(
      fc.property(fc.array(growth, { maxLength: 120 }), fc.integer({ min: 0, max: 130 }), (pauses, last) => {
        let at = 0;
        // A millisecond more each: no restart is seen in the very moment in which another is out of its time.
        const growths = pauses.map(([minutes, restarts]): Growth => [(at += minutes + 1 / MINUTE), restarts]);
        const history = historyOf(growths);
        expect(history?.samples ?? []).to.have.length.at.most(60);
        for (const condition of ['JobFailing', 'JobUnstable'] as const) {
          const now = after((at + last) * MINUTE);
          const { isTrue, since } = turnOf(history, condition, now);
          expect({ isTrue, since }).to.deep.equal(naive(growths, condition, now));
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** The same from all that was ever seen: what it is at each moment at which it may turn, from the first to the last. */
function naive(growths: readonly Growth[], condition: RestartCondition, now: Date): Pick<RestartTurn, 'isTrue' | 'since'> {
  const window = RESTART_CONDITIONS[condition];
  const seen = growths.map(([minute, restarts]) => ({ at: after(minute * MINUTE).getTime(), restarts }));
  const isTrueAt = (moment: number): boolean =>
    seen.reduce((sum, { at, restarts }) => (at <= moment && moment < at + window ? sum + restarts : sum), 0) >= 3;
  const moments = seen.flatMap(({ at }) => [at, at + window]).filter((moment) => moment <= now.getTime());
  let turn: Pick<RestartTurn, 'isTrue' | 'since'> = { isTrue: false, since: undefined };
  for (const moment of moments.sort((a, b) => a - b)) {
    if (isTrueAt(moment) !== turn.isTrue) turn = { isTrue: !turn.isTrue, since: new Date(moment) };
  }
  return turn;
}
