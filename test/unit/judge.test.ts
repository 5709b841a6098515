import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { FLINK_WORDS, JOB_STATES, type Job, type JobState } from '../../src/domain/job.ts';
import type { JobEvent } from '../../src/domain/job-machine.ts';
import { transitions } from '../../src/domain/job-machine.ts';
import { judge } from '../../src/domain/judge.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { after, aJob, aSubmittedJob, LIMITS, MINUTE, NOW } from '../support/factories.ts';

const failed = (reason: string): string => `observedFailed ${reason}`;
const named = (event: JobEvent | undefined): string =>
  event === undefined ? '–' : event.type === 'observedFailed' ? failed(event.failure.reason) : event.type;

const found = (word: (typeof FLINK_WORDS)[number], tasksReady = true): Observation => ({
  kind: 'found',
  endpoint: 'GET /jobs/overview',
  fingerprint: 'jm-1',
  startedAtMs: 0,
  word,
  tasksReady,
});
const notFound = (fingerprint: string, highAvailability = false): Observation => ({
  kind: 'notFound',
  endpoint: 'GET /jobs/overview',
  fingerprint,
  highAvailability,
});

const terminating = (job: Job, terminateMode: 'cancel' | 'fail'): Job => ({
  ...job,
  state: 'TERMINATING',
  terminateMode,
  terminatingAt: NOW,
  ...(terminateMode === 'fail' ? { failure: { reason: 'StartDeadlineExceeded', message: 'too late' } } : {}),
});
const COLUMNS = ['STARTING', 'STARTED', 'cancel', 'fail'] as const;
const column = (name: (typeof COLUMNS)[number], job: Job): Job =>
  name === 'STARTING' ? job : name === 'STARTED' ? { ...job, state: 'STARTED', startedAt: NOW } : terminating(job, name);

describe('judge', () => {
  /** The table of docs/state-machine.md for a Job whose submission was answered: one line a row, one cell a column. */
  const missingUnder = (fingerprint: string): Partial<Job> => ({ missing: { fingerprint, since: NOW } });
  const table: [string, Observation | undefined, Partial<Job>, [string, string, string, string]][] = [
    ['unreachable', { kind: 'unreachable', message: 'refused' }, {}, ['–', '–', '–', '–']],
    ['no observation', undefined, {}, ['–', '–', '–', '–']],
    ['not found once', notFound('jm-1'), {}, ['–', '–', '–', '–']],
    ['not found twice, by two JobManagers', notFound('jm-2'), missingUnder('jm-1'), ['–', '–', '–', '–']],
    [
      'gone, same JobManager',
      notFound('jm-1'),
      missingUnder('jm-1'),
      [failed('JobManagerLost'), failed('EndUnobserved'), 'confirmedGone', failed('StartDeadlineExceeded')],
    ],
    [
      'gone, another JobManager',
      notFound('jm-2'),
      missingUnder('jm-2'),
      [failed('JobManagerLost'), failed('JobManagerLost'), 'confirmedGone', failed('StartDeadlineExceeded')],
    ],
    ['gone with HA, within the grace', notFound('jm-2', true), missingUnder('jm-2'), ['–', '–', '–', '–']],
    ['INITIALIZING', found('INITIALIZING', false), {}, ['–', '–', '–', '–']],
    ['CREATED', found('CREATED', false), {}, ['–', '–', '–', '–']],
    ['RUNNING, tasks not ready', found('RUNNING', false), {}, ['–', '–', '–', '–']],
    ['RUNNING, ready', found('RUNNING'), {}, ['observedReady', '–', '–', '–']],
    ['RESTARTING', found('RESTARTING'), {}, ['–', '–', '–', '–']],
    ['FAILING', found('FAILING'), {}, ['–', '–', '–', '–']],
    ['CANCELLING', found('CANCELLING'), {}, ['–', '–', '–', '–']],
    ['RECONCILING', found('RECONCILING'), {}, ['–', '–', '–', '–']],
    ['SUSPENDED', found('SUSPENDED'), {}, ['–', '–', '–', '–']],
    ['FINISHED', found('FINISHED'), {}, ['observedFinished', 'observedFinished', 'observedFinished', 'observedFinished']],
    [
      'CANCELED',
      found('CANCELED'),
      {},
      [failed('CancelledByOthers'), failed('CancelledByOthers'), 'confirmedGone', failed('StartDeadlineExceeded')],
    ],
    ['FAILED', found('FAILED'), {}, [failed('JobFailed'), failed('JobFailed'), failed('JobFailed'), failed('JobFailed')]],
  ];
  for (const [row, observation, given, cells] of table) {
    COLUMNS.forEach((name, index) => {
      it(`${row} × ${name} → ${cells[index]!}`, () => {
        expect(named(judge(column(name, aSubmittedJob(given)), observation, NOW, LIMITS))).to.equal(cells[index]);
      });
    });
  }

  it('an application that ended without a job', () => {
    const ended = (status: 'FAILED' | 'CANCELED' | 'FINISHED'): Observation => ({
      kind: 'applicationEnded',
      endpoint: 'GET /applications',
      status,
      cause: 'java.lang.Error: no',
    });
    const inDoubt = aSubmittedJob({ submission: 'inDoubt' });
    expect(judge(inDoubt, ended('FAILED'), NOW, LIMITS)).to.deep.equal({
      type: 'observedFailed',
      failure: { reason: 'SubmissionRefused', message: 'java.lang.Error: no' },
    });
    expect(named(judge(inDoubt, ended('FINISHED'), NOW, LIMITS))).to.equal(failed('SubmissionRefused'));
    expect(named(judge(inDoubt, ended('CANCELED'), NOW, LIMITS))).to.equal(failed('CancelledByOthers'));
    expect(named(judge(terminating(inDoubt, 'cancel'), ended('CANCELED'), NOW, LIMITS))).to.equal('confirmedGone');
    expect(named(judge(terminating(inDoubt, 'fail'), ended('CANCELED'), NOW, LIMITS))).to.equal(failed('StartDeadlineExceeded'));
  });

  describe('a Job that was never submitted', () => {
    it('waits until its deadline, then fails with the last cause and says that nothing was sent', () => {
      const job = aJob({ waitingFor: 'http://nowhere:1 refused the connection' });
      expect(judge(job, undefined, after(LIMITS.startDeadlineMs - 1), LIMITS)).to.equal(undefined);
      const event = judge(job, undefined, after(LIMITS.startDeadlineMs), LIMITS);
      expect(named(event)).to.equal(failed('StartDeadlineExceeded'));
      expect(event?.type === 'observedFailed' && event.failure.message).to.match(/never submitted: http:\/\/nowhere:1 refused/);
    });
    it('ends at once when it is TERMINATING', () => {
      expect(named(judge(terminating(aJob(), 'cancel'), undefined, NOW, LIMITS))).to.equal('confirmedGone');
      expect(named(judge(terminating(aJob(), 'fail'), undefined, NOW, LIMITS))).to.equal(failed('StartDeadlineExceeded'));
    });
  });

  describe('a submission in doubt', () => {
    const inDoubt = (given: Partial<Job> = {}): Job =>
      aSubmittedJob({ submission: 'inDoubt', missing: { fingerprint: 'jm-1', since: NOW }, ...given });
    const pastWindow = after(LIMITS.submissionWindowMs + 1);

    it('is not "gone" while its window is open, however often the id is not found', () => {
      for (const name of ['STARTING', 'cancel', 'fail'] as const) {
        expect(judge(column(name, inDoubt()), notFound('jm-1'), NOW, LIMITS), name).to.equal(undefined);
      }
    });
    it('is sent again, not judged, when the window is past and the Job still wanted', () => {
      expect(judge(inDoubt(), notFound('jm-1'), pastWindow, LIMITS)).to.equal(undefined);
    });
    it('ends a termination when the window is past', () => {
      expect(named(judge(terminating(inDoubt(), 'cancel'), notFound('jm-1'), pastWindow, LIMITS))).to.equal('confirmedGone');
    });
    it('is lost with its JobManager: another one never gets the id', () => {
      const job = inDoubt({ missing: { fingerprint: 'jm-2', since: NOW } });
      expect(named(judge(job, notFound('jm-2'), NOW, LIMITS))).to.equal(failed('JobManagerLost'));
    });
    it('of a script is not lost with a JobManager, for its gateway may send it to the next one', () => {
      const { artifactSha256, ...script } = inDoubt({ missing: { fingerprint: 'jm-2', since: NOW } });
      for (const name of ['STARTING', 'cancel', 'fail'] as const) {
        expect(judge(column(name, script), notFound('jm-2'), NOW, LIMITS), name).to.equal(undefined);
      }
      expect(named(judge(script, notFound('jm-2'), pastWindow, LIMITS))).to.equal(failed('JobManagerLost'));
      expect(named(judge(terminating(script, 'cancel'), notFound('jm-2'), pastWindow, LIMITS))).to.equal('confirmedGone');
    });
    it('is lost with its JobManager under high availability only after the grace', () => {
      const job = inDoubt({ missing: { fingerprint: 'jm-2', since: NOW } });
      expect(judge(job, notFound('jm-2', true), after(LIMITS.recoveryGraceMs - 1), LIMITS)).to.equal(undefined);
      expect(named(judge(job, notFound('jm-2', true), after(LIMITS.recoveryGraceMs), LIMITS))).to.equal(failed('JobManagerLost'));
    });
    it('is over once the id was seen', () => {
      expect(named(judge(inDoubt(), found('INITIALIZING', false), NOW, LIMITS))).to.equal('submissionSettled');
      expect(named(judge(terminating(inDoubt(), 'cancel'), found('RUNNING'), NOW, LIMITS))).to.equal('submissionSettled');
    });
    it('waits without a limit while main() runs, but for the deadline that start keeps', () => {
      expect(judge(inDoubt(), { kind: 'applicationRunning' }, after(60 * MINUTE), LIMITS)).to.equal(undefined);
    });
  });

  describe('properties', () => {
    const anyObservation: fc.Arbitrary<Observation> = fc.oneof(
      fc.constant<Observation>({ kind: 'unreachable', message: 'x' }),
      fc.constant<Observation>({ kind: 'applicationRunning' }),
      fc.record({
        kind: fc.constant('applicationEnded' as const),
        endpoint: fc.constant('GET /applications'),
        status: fc.constantFrom('FAILED' as const, 'CANCELED' as const, 'FINISHED' as const),
      }),
      fc.record({
        kind: fc.constant('notFound' as const),
        endpoint: fc.constant('GET /jobs/overview'),
        fingerprint: fc.constantFrom('jm-1', 'jm-2'),
        highAvailability: fc.boolean(),
      }),
      fc.record({
        kind: fc.constant('found' as const),
        endpoint: fc.constant('GET /jobs/overview'),
        startedAtMs: fc.constant(0),
        fingerprint: fc.constantFrom('jm-1', 'jm-2'),
        word: fc.constantFrom(...FLINK_WORDS),
        tasksReady: fc.boolean(),
      }),
    );
    const anyJob: fc.Arbitrary<Job> = fc
      .record({
        state: fc.constantFrom(...(Object.keys(JOB_STATES) as JobState[])),
        submission: fc.constantFrom('none' as const, 'inDoubt' as const, 'settled' as const),
        terminateMode: fc.constantFrom('cancel' as const, 'fail' as const),
        missing: fc.constantFrom(undefined, 'jm-1', 'jm-2'),
      })
      .map(({ missing, ...given }) =>
        aSubmittedJob({
          ...given,
          submission: given.state === 'STARTED' ? 'settled' : given.submission,
          ...(missing === undefined ? {} : { missing: { fingerprint: missing, since: NOW } }),
        }),
      );
    const anyTime = fc.integer({ min: 0, max: 30 }).map((minutes) => after(minutes * MINUTE));

    it('every verdict is a legal transition', () => {
      fc.assert(
        fc.property(anyJob, fc.option(anyObservation, { nil: undefined }), anyTime, (job, observation, now) => {
          const event = judge(job, observation, now, LIMITS);
          if (event !== undefined) expect(transitions[event.type].from).to.include(job.state);
        }),
        { numRuns: 5000 },
      );
    });
    it('no verdict ever comes from a cluster that could not be asked, but for a Job that was never submitted', () => {
      fc.assert(
        fc.property(anyJob, anyTime, (job, now) => {
          if (job.submission !== 'none') expect(judge(job, { kind: 'unreachable', message: 'x' }, now, LIMITS)).to.equal(undefined);
        }),
      );
    });
    it('a final Job is never judged', () => {
      fc.assert(
        fc.property(anyJob, anyObservation, anyTime, (job, observation, now) => {
          if (JOB_STATES[job.state].final) expect(judge(job, observation, now, LIMITS)).to.equal(undefined);
        }),
      );
    });
  });
});
