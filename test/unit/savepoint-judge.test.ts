import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { FLINK_WORDS, Job } from '../../src/domain/job.ts';
import { transition } from '../../src/domain/job-machine.ts';
import { judge } from '../../src/domain/judge.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { judgeSavepoint, type SavepointSight, type SavepointVerdict } from '../../src/domain/savepoint-judge.ts';
import { transitionSavepoint } from '../../src/domain/savepoint-machine.ts';
import type { SavepointOperation, StoredState } from '../../src/domain/savepoint-sight.ts';
import { after, aSavepoint, aSubmittedJob, LIMITS, NOW, SAVEPOINT_ID } from '../support/factories.ts';

const found = (word: (typeof FLINK_WORDS)[number], tasksReady = true): Observation => ({
  kind: 'found',
  endpoint: 'GET /jobs/overview',
  fingerprint: 'jm-1',
  startedAtMs: 0,
  word,
  tasksReady,
});
const OPERATIONS: { readonly [name: string]: SavepointOperation } = {
  'in progress': { kind: 'inProgress' },
  complete: { kind: 'completed', endpoint: 'GET', location: 'file:/s/1', jobFailed: false },
  'complete, job failed': { kind: 'completed', endpoint: 'GET', location: 'file:/s/1', jobFailed: true },
  failed: { kind: 'failed', endpoint: 'GET', message: 'no space' },
  unknown: { kind: 'unknown' },
};
const STORED: { readonly [name: string]: StoredState } = {
  found: { kind: 'found', location: 'file:/s/1' },
  none: { kind: 'none' },
  'cannot look': { kind: 'unknown', why: 'not mounted' },
};
const GONE: Observation = { kind: 'notFound', endpoint: 'GET', fingerprint: 'jm-2', highAvailability: false };
const LOOKS: { readonly [name: string]: Observation } = {
  unreachable: { kind: 'unreachable', message: 'refused' },
  runs: found('RUNNING'),
  restarts: found('RESTARTING', false),
  finished: found('FINISHED'),
  failed: found('FAILED'),
  canceled: found('CANCELED'),
  gone: GONE,
};

const stopping: Job = aSubmittedJob({
  state: 'STARTED',
  startedAt: NOW,
  stopId: SAVEPOINT_ID,
  missing: { fingerprint: 'jm-2', since: NOW },
});
const stop = aSavepoint({ origin: 'SUSPEND', triggeredAt: NOW, directory: 'file:/s' });

const named = (verdict: SavepointVerdict): string => {
  if (verdict.kind !== 'settle') return verdict.kind;
  const { event } = verdict;
  const savepoint = event.type === 'failed' ? event.failure.reason : event.type;
  const job = verdict.job.map((one) => (one.type === 'observedFailed' ? one.failure.reason : one.type));
  return [savepoint, ...job].join(' ');
};
const STOPPED = 'completed terminateWanted confirmedGone';

/** Rows: operation and directory; columns: what Flink says of the Job. */
const STOP_TABLE: readonly [string, string, { readonly [look: string]: string }][] = [
  [
    'in progress',
    'none',
    { unreachable: 'wait', runs: 'wait', restarts: 'wait', finished: 'wait', failed: 'wait', canceled: 'wait', gone: 'wait' },
  ],
  [
    'complete',
    'none',
    {
      unreachable: 'completed terminateWanted',
      runs: 'completed terminateWanted',
      restarts: 'completed terminateWanted',
      finished: STOPPED,
      failed: 'completed JobFailed',
      canceled: 'completed CancelledByOthers',
      gone: STOPPED,
    },
  ],
  [
    'complete, job failed',
    'none',
    {
      unreachable: 'wait',
      runs: 'wait',
      restarts: 'wait',
      finished: STOPPED,
      failed: 'completed JobFailed',
      canceled: 'completed CancelledByOthers',
      gone: STOPPED,
    },
  ],
  [
    'failed',
    'none',
    {
      unreachable: 'wait',
      runs: 'SavepointFailed stopEnded',
      restarts: 'SavepointFailed stopEnded',
      finished: 'JobEnded observedFinished',
      failed: 'JobEnded JobFailed',
      canceled: 'JobEnded CancelledByOthers',
      gone: 'JobEnded JobManagerLost',
    },
  ],
  ['failed', 'found', { runs: 'SavepointFailed stopEnded', finished: STOPPED, failed: 'completed JobFailed', gone: STOPPED }],
  [
    'unknown',
    'none',
    {
      unreachable: 'wait',
      runs: 'ask',
      restarts: 'ask',
      finished: 'JobEnded observedFinished',
      failed: 'JobEnded JobFailed',
      canceled: 'JobEnded CancelledByOthers',
      gone: 'JobEnded JobManagerLost',
    },
  ],
  [
    'unknown',
    'found',
    {
      unreachable: 'wait',
      runs: 'completed stopEnded',
      restarts: 'completed stopEnded',
      finished: STOPPED,
      failed: 'completed JobFailed',
      canceled: 'completed CancelledByOthers',
      gone: STOPPED,
    },
  ],
  [
    'unknown',
    'cannot look',
    {
      unreachable: 'wait',
      runs: 'ask',
      finished: 'OutcomeUnknown observedFinished',
      failed: 'OutcomeUnknown JobFailed',
      gone: 'OutcomeUnknown JobManagerLost',
    },
  ],
];

describe('judgeSavepoint', () => {
  describe('a stop', () => {
    for (const [operation, stored, cells] of STOP_TABLE) {
      for (const [look, expected] of Object.entries(cells)) {
        it(`operation ${operation}, directory ${stored}, job ${look} → ${expected}`, () => {
          const sight: SavepointSight = { operation: OPERATIONS[operation]!, stored: STORED[stored]!, observation: LOOKS[look]! };
          expect(named(judgeSavepoint(stop, stopping, sight, NOW, LIMITS))).to.equal(expected);
        });
      }
    }
    it('is left alone by judge, which records all the same', () => {
      for (const look of Object.values(LOOKS)) expect(judge(stopping, look, NOW, LIMITS)).to.equal(undefined);
    });
  });

  describe('before Flink is asked', () => {
    const fresh = aSavepoint({ origin: 'SUSPEND' });
    const at = (observation: Observation, ageMs: number): string =>
      named(judgeSavepoint(fresh, stopping, { observation }, after(ageMs), LIMITS));
    it('asks once all tasks run', () => expect(at(LOOKS['runs']!, 0)).to.equal('ask'));
    it('waits for tasks, then counts as a failed try, and the Job runs on', () => {
      expect(at(LOOKS['restarts']!, LIMITS.savepointReadyMs - 1)).to.equal('wait');
      expect(at(LOOKS['restarts']!, LIMITS.savepointReadyMs)).to.equal('JobNotReady stopEnded');
    });
    it('a Job that ended by itself ended by itself', () => {
      expect(at(LOOKS['finished']!, 0)).to.equal('JobEnded observedFinished');
      expect(at(LOOKS['failed']!, 0)).to.equal('JobEnded JobFailed');
    });
    it('is too late for a Job that is being ended', () => {
      expect(named(judgeSavepoint(fresh, { ...stopping, state: 'TERMINATING' }, {}, NOW, LIMITS))).to.equal('JobEnded');
    });
  });

  describe('one that stops nothing', () => {
    const asked = aSavepoint({ triggeredAt: NOW, directory: 'file:/s' });
    const verdict = (operation: string, stored: string, state: Job['state']): string =>
      named(judgeSavepoint(asked, aSubmittedJob({ state }), { operation: OPERATIONS[operation]!, stored: STORED[stored]! }, NOW, LIMITS));
    it('is recorded, and its Job is left alone', () => {
      expect(verdict('complete', 'none', 'STARTED')).to.equal('completed');
      expect(verdict('failed', 'none', 'STARTED')).to.equal('SavepointFailed');
      expect(verdict('unknown', 'found', 'TERMINATED')).to.equal('completed');
    });
    it('is asked for again only where its directory holds nothing, and its Job runs', () => {
      expect(verdict('unknown', 'none', 'STARTED')).to.equal('ask');
      expect(verdict('unknown', 'cannot look', 'STARTED')).to.equal('OutcomeUnknown');
      expect(verdict('unknown', 'none', 'TERMINATING')).to.equal('wait');
      expect(verdict('unknown', 'none', 'FAILED')).to.equal('JobEnded');
      expect(verdict('unknown', 'cannot look', 'FAILED')).to.equal('OutcomeUnknown');
    });
    it('a stop whose Job is being cancelled is no more than that', () => {
      const cancelled = { ...stopping, state: 'TERMINATING', terminateMode: 'cancel' } as const;
      const sight: SavepointSight = { operation: OPERATIONS['complete']!, observation: found('FINISHED') };
      expect(named(judgeSavepoint(stop, cancelled, sight, NOW, LIMITS))).to.equal('completed');
      expect(judge(cancelled, found('FINISHED'), NOW, LIMITS)?.type).to.equal('confirmedGone');
    });
  });

  it('every verdict is legal, and no look that failed ends a Job or gives a savepoint up', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(OPERATIONS), undefined),
        fc.constantFrom(...Object.values(STORED)),
        fc.constantFrom(...Object.values(LOOKS)),
        fc.constantFrom('STARTED' as const, 'TERMINATING' as const),
        fc.constantFrom('SUSPEND' as const, 'USER_REQUEST' as const),
        (operation, stored, observation, state, origin) => {
          const savepoint = { ...stop, origin };
          const job: Job = { ...stopping, state };
          const sight = { stored, observation, ...(operation === undefined ? {} : { operation }) };
          const verdict = judgeSavepoint(savepoint, job, sight, NOW, LIMITS);
          if (verdict.kind !== 'settle') return;
          transitionSavepoint(savepoint, verdict.event, NOW);
          verdict.job.reduce((moved, event) => transition(moved, event, NOW), job);
          if (observation.kind === 'unreachable' && state === 'STARTED' && origin === 'SUSPEND') {
            expect(verdict.event.type).to.equal('completed');
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
