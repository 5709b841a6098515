import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { evidenceOf } from '../../src/domain/evidence.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { isNews, isSame, seenOf, withSeen } from '../../src/domain/sighting.ts';
import { after, aSubmittedJob, LIMITS, NOW } from '../support/factories.ts';

const started = aSubmittedJob({ state: 'STARTED', flinkWord: 'RUNNING', flinkStartedAtMs: 1, restarts: 3 });
const found = (given: Partial<Extract<Observation, { kind: 'found' }>> = {}): Observation => ({
  kind: 'found',
  endpoint: 'GET /jobs/overview',
  fingerprint: 'jm-1',
  word: 'RUNNING',
  startedAtMs: 1,
  tasksReady: true,
  ...given,
});
const notFound = (fingerprint: string): Observation => ({
  kind: 'notFound',
  endpoint: 'GET /jobs/overview',
  fingerprint,
  highAvailability: false,
});

describe('sighting', () => {
  it('a look that shows what is known moves nothing but the time of the observation', () => {
    const seen = seenOf(started, found(), NOW);
    expect([isNews(started, seen), isSame(started, seen)]).to.deep.equal([false, true]);
    expect(withSeen(started, seen, after(5))).to.deep.equal({ ...started, observedAt: after(5) });
  });
  it('a cluster that cannot be asked makes UNKNOWN, says why and since when, and the age grows on', () => {
    const silent = withSeen(started, seenOf(started, { kind: 'unreachable', message: 'refused' }, NOW), after(5000));
    expect(silent).to.deep.equal({ ...started, flinkWord: 'UNKNOWN', unreachable: 'refused', reachChangedAt: after(5000) });
    const still = withSeen(silent, seenOf(silent, { kind: 'unreachable', message: 'timed out' }, NOW), after(9000));
    expect(still).to.deep.include({ unreachable: 'timed out', reachChangedAt: after(5000), observedAt: NOW });
    const back = withSeen(still, seenOf(still, found(), NOW), after(12_000));
    expect(back).to.deep.equal({ ...started, observedAt: after(12_000), reachChangedAt: after(12_000) });
  });
  it('the first look-up that does not find it is remembered by JobManager, and forgotten when it is seen', () => {
    const once = withSeen(started, seenOf(started, notFound('jm-2'), NOW), after(1));
    expect(once).to.deep.include({ flinkWord: 'UNKNOWN', missing: { fingerprint: 'jm-2', since: NOW }, observedAt: after(1) });
    expect(seenOf(once, notFound('jm-2'), after(9)).missing).to.deep.equal({ fingerprint: 'jm-2', since: NOW });
    expect(seenOf(once, found({ fingerprint: 'jm-2' }), NOW).missing).to.equal(undefined);
  });
  it('while a submission is in doubt, not found is not remembered', () => {
    const inDoubt = aSubmittedJob({ submission: 'inDoubt' });
    expect(seenOf(inDoubt, notFound('jm-1'), NOW).missing).to.equal(undefined);
    expect(seenOf(inDoubt, notFound('jm-2'), NOW).missing?.fingerprint).to.equal('jm-2');
    const { artifactSha256, ...script } = inDoubt;
    expect(seenOf(script, notFound('jm-2'), NOW).missing).to.equal(undefined);
    const past = after(LIMITS.submissionWindowMs);
    expect(seenOf(script, notFound('jm-2'), past).missing?.fingerprint).to.equal('jm-2');
  });

  describe('restarts', () => {
    const restartsAfter = (...looks: Partial<Extract<Observation, { kind: 'found' }>>[]): number =>
      looks.reduce((job, look) => withSeen(job, seenOf(job, found(look), NOW), NOW), aSubmittedJob({ state: 'STARTED' })).restarts;
    for (const [name, looks, restarts] of [
      ['nothing read is not zero', [{ restarts: 2 }, {}], 2],
      ['they never fall', [{ restarts: 2 }, { restarts: 1 }], 2],
      [
        'a new JobManager that took the job over is one, and counts on from there',
        [{ restarts: 2 }, { fingerprint: 'jm-2', startedAtMs: 9 }],
        3,
      ],
      [
        'what it counts comes on top',
        [{ restarts: 2 }, { fingerprint: 'jm-2', startedAtMs: 9, restarts: 0 }, { fingerprint: 'jm-2', startedAtMs: 9, restarts: 4 }],
        7,
      ],
      [
        'the third JobManager as well',
        [{}, { fingerprint: 'jm-2', startedAtMs: 9 }, { fingerprint: 'jm-3', startedAtMs: 10, restarts: 1 }],
        3,
      ],
      ['another fingerprint with the same start is no process restart', [{ restarts: 2 }, { fingerprint: 'jm-2' }], 2],
      ['another start under the same JobManager is counted by Flink', [{ restarts: 2 }, { startedAtMs: 9, restarts: 3 }], 3],
    ] as const)
      it(name, () => expect(restartsAfter(...looks)).to.equal(restarts));

    it('never fall and never exceed the truth, whatever is read and whatever is lost', () => {
      // Each step: a restart by Flink, a loss of the JobManager, or a look that may or may not read the counter.
      const step = fc.constantFrom('restart' as const, 'lose' as const, 'look' as const, 'read' as const);
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          let [truth, counter, manager] = [0, 0, 1];
          let job = aSubmittedJob({ state: 'STARTED', fingerprint: 'jm-1', flinkStartedAtMs: 1 });
          for (const next of steps) {
            if (next === 'restart') [truth, counter] = [truth + 1, counter + 1];
            else if (next === 'lose') [truth, counter, manager] = [truth + 1, 0, manager + 1];
            else {
              const look = found({
                fingerprint: `jm-${manager}`,
                startedAtMs: manager,
                ...(next === 'read' ? { restarts: counter } : {}),
              });
              const before = job.restarts;
              job = withSeen(job, seenOf(job, look, NOW), NOW);
              expect(job.restarts).to.be.within(before, truth);
            }
          }
        }),
      );
    });
  });

  it('when the restart count was seen to grow is remembered, with by how much; the same count again is no restart', () => {
    const first = withSeen(started, seenOf(started, found({ restarts: 3 }), after(1)), after(1));
    expect(first.restartHistory).to.equal(undefined);
    const grown = withSeen(first, seenOf(first, found({ restarts: 8 }), after(2)), after(2));
    const again = withSeen(grown, seenOf(grown, found({ restarts: 8 }), after(3)), after(3));
    const lost = withSeen(again, seenOf(again, found({ fingerprint: 'jm-2', startedAtMs: 9 }), after(4)), after(4));
    expect(again.restartHistory).to.equal(grown.restartHistory);
    expect(lost.restartHistory?.samples).to.deep.equal([
      { at: after(2), restarts: 5 },
      { at: after(4), restarts: 1 },
    ]);
  });

  it('checkpoints are kept as they were read last, with when the newest was first seen', () => {
    const first = withSeen(
      started,
      seenOf(started, found({ checkpoints: { completed: 4, failed: 1, lastPath: 'file:/chk-4' } }), NOW),
      after(1),
    );
    expect(first).to.deep.include({ checkpoints: { completed: 4, failed: 1, lastPath: 'file:/chk-4' }, checkpointAt: after(1) });
    const again = withSeen(first, seenOf(first, found({ checkpoints: { completed: 4, failed: 2 } }), NOW), after(2));
    // A JobManager that took the job over does not know where it lies.
    const lastPath = 'file:/chk-4';
    expect(again).to.deep.include({ checkpoints: { completed: 4, failed: 2, lastPath }, checkpointAt: after(1) });
    expect(withSeen(again, seenOf(again, found(), NOW), after(3))).to.deep.include({
      checkpoints: again.checkpoints,
      checkpointAt: after(1),
    });
  });
});

describe('evidence', () => {
  for (const [name, observation, evidence] of [
    [
      'a word',
      found({ word: 'FAILED', cause: 'a.B: no' }),
      { endpoint: 'GET /jobs/overview', answer: 'FAILED: a.B: no', fingerprint: 'jm-1' },
    ],
    ['a job that is not known', notFound('jm-2'), { endpoint: 'GET /jobs/overview', answer: 'the job is not known', fingerprint: 'jm-2' }],
    [
      'an archive',
      { ...notFound('jm-2'), archived: { endpoint: '/archive/a', word: 'FINISHED' } } as Observation,
      { endpoint: '/archive/a', answer: 'FINISHED' },
    ],
    [
      'an application',
      { kind: 'applicationEnded', endpoint: 'GET /applications/a', status: 'FINISHED' } as Observation,
      { endpoint: 'GET /applications/a', answer: 'the application is FINISHED, and there is no job' },
    ],
  ] as const)
    it(name, () => expect(evidenceOf(observation, NOW)).to.deep.equal({ ...evidence, at: NOW }));
});
