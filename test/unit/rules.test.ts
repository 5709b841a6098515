import { expect } from 'chai';
import { describe, it } from 'mocha';
import { splitArguments } from '../../src/domain/artifact.ts';
import { backoff } from '../../src/domain/backoff.ts';
import { dueOf, dueOfSavepoint } from '../../src/domain/due.ts';
import { parseDuration } from '../../src/domain/duration.ts';
import { after, aJob, aSavepoint, aSubmittedJob, JOB_ID, LIMITS, NOW, SAVEPOINT_ID } from '../support/factories.ts';

describe('duration', () => {
  const good: [string, number][] = [
    ['100', 100],
    ['5s', 5000],
    ['5S', 5000],
    ['+2m', 120_000],
    ['-5s', -5000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['250ms', 250],
    ['500us', 0.5],
    ['1000000ns', 1],
    ['PT15M', 900_000],
    ['P1DT2H', 93_600_000],
    ['pt1.5s', 1500],
    ['-PT1M', -60_000],
  ];
  for (const [text, ms] of good) it(`${text} is ${ms} ms`, () => expect(parseDuration(text)).to.equal(ms));
  for (const text of ['1h30m', '', 's', '5x', '1.5s', 'P', 'PT', 'P1DT', '1 s', '5sec']) {
    it(`"${text}" is refused with the remedy`, () =>
      expect(() => parseDuration(text)).to.throw(RangeError, /is not a duration; write one number with/));
  }
});

describe('backoff', () => {
  it('doubles from the first to the most', () => {
    expect([0, 1, 2, 3, 6, 7, 1000].map((failures) => backoff(failures, 5, 300))).to.deep.equal([0, 5, 10, 20, 160, 300, 300]);
  });
});

describe('splitArguments', () => {
  it('splits as a shell would', () => {
    expect(splitArguments(`--rate 10 --name "a b" --x 'c "d"' e\\ f ""`)).to.deep.equal([
      '--rate',
      '10',
      '--name',
      'a b',
      '--x',
      'c "d"',
      'e f',
      '',
    ]);
    expect(splitArguments('  ')).to.deep.equal([]);
  });
  it('refuses a quote that is left open', () => expect(() => splitArguments('--name "a')).to.throw(SyntaxError, /never closed/));
});

describe('due', () => {
  const windowEnd = after(LIMITS.submissionWindowMs);
  const deadline = after(LIMITS.startDeadlineMs);
  it('STARTING: at once, then at the end of the window, then at the deadline', () => {
    expect(dueOf(aJob())).to.deep.equal({ command: { kind: 'start', id: JOB_ID }, at: NOW });
    expect(dueOf(aSubmittedJob({ submission: 'inDoubt' }))?.at).to.deep.equal(windowEnd);
    expect(dueOf(aSubmittedJob({ submission: 'inDoubt', startDeadlineAt: after(1) }))?.at).to.deep.equal(after(1));
    expect(dueOf(aSubmittedJob())?.at).to.deep.equal(deadline);
  });
  it('TERMINATING: since it was wanted', () => {
    expect(dueOf(aJob({ state: 'TERMINATING', terminatingAt: after(3) }))).to.deep.equal({
      command: { kind: 'terminate', id: JOB_ID },
      at: after(3),
    });
  });
  for (const state of ['STARTED', 'TERMINATED', 'FAILED', 'FINISHED'] as const) {
    it(`${state}: nothing`, () => expect(dueOf(aJob({ state, releasedAt: after(4) }))).to.equal(undefined));
  }
  it('TERMINATED, FAILED: what it left behind is looked for', () => {
    for (const state of ['TERMINATED', 'FAILED'] as const) {
      expect(dueOf(aJob({ state, terminatedAt: after(3) }))).to.deep.equal({ command: { kind: 'terminate', id: JOB_ID }, at: after(3) });
    }
  });
  it('a Savepoint: while it is to be taken, and while its files are to be deleted', () => {
    const command = { kind: 'savepoint', id: SAVEPOINT_ID };
    expect(dueOfSavepoint(aSavepoint())).to.deep.equal({ command, at: NOW });
    expect(dueOfSavepoint(aSavepoint({ state: 'COMPLETED' }))).to.equal(undefined);
    expect(dueOfSavepoint(aSavepoint({ state: 'COMPLETED', deletedAt: after(5) }))).to.deep.equal({ command, at: after(5) });
  });
});
