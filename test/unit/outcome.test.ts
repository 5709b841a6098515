import { expect } from 'chai';
import { describe, it } from 'mocha';
import { conditionsOf } from '../../src/domain/conditions.ts';
import type { Deployment, Outcome } from '../../src/domain/deployment.ts';
import type { Job } from '../../src/domain/job.ts';
import { forgetFailures, forgetUpgrade, rememberEnd, rememberStop } from '../../src/domain/outcome.ts';
import { historyAfter, turnOf } from '../../src/domain/restarts.ts';
import { newJob } from '../../src/engine/new-job.ts';
import { after, aDeployment, aJob, aSavepoint, aTarget, JOB_ID, LIMITS, MINUTE, NOW } from '../support/factories.ts';

describe('what a Deployment remembers', () => {
  describe('of a Job that ended', () => {
    const ended = (given: Partial<Job>): Deployment => rememberEnd(aDeployment(), aJob({ state: 'FAILED', ...given }), NOW);
    const lost = { reason: 'JobManagerLost', message: '' } as const;
    it('a Job that was being cancelled or stopped counts as terminated, whatever its final state', () => {
      const outcomes: (Outcome | undefined)[] = [
        ended({ terminateMode: 'cancel' }).outcome,
        ended({ terminateMode: 'cancel', state: 'FINISHED' }).outcome,
        ended({ terminateMode: 'stopped' }).outcome,
      ];
      expect(outcomes).to.deep.equal(['terminated', 'terminated', 'terminated']);
      expect(ended({ terminateMode: 'stopped' }).failures).to.deep.equal([]);
    });
    it('a Job that could not start counts as failed', () => {
      expect(ended({ terminateMode: 'fail' })).to.deep.include({ outcome: 'failed', failures: [{ at: NOW, counts: true }] });
    });
    it('a lost JobManager counts as an attempt unless the Job had been STARTED', () => {
      expect(ended({ failure: lost }).failures).to.deep.equal([{ at: NOW, counts: true }]);
      expect(ended({ failure: lost, startedAt: NOW }).failures).to.deep.equal([{ at: NOW, counts: false }]);
    });
    it('a program that failed goes on looping in the next Job: its restarts and this failure are handed on, in the newest entry alone', () => {
      const failure = { reason: 'JobFailed', message: '' } as const;
      const restartHistory = historyAfter(undefined, 2, after(-1000));
      const once = rememberEnd(aDeployment(), aJob({ state: 'FAILED', startedAt: NOW, failure, restartHistory }), NOW);
      expect(turnOf(once.failures[0]?.restartHistory, 'JobFailing', NOW)).to.include({ isTrue: true, count: 3 });
      const twice = rememberEnd(once, aJob({ state: 'FAILED', failure }), after(1));
      expect(twice.failures).to.deep.equal([
        { at: NOW, counts: true },
        { at: after(1), counts: true },
      ]);
      const next = newJob(once, aTarget(), undefined, JOB_ID, after(5000), LIMITS);
      const failing = (at: number) => conditionsOf(next, after(at)).find(({ type }) => type === 'JobFailing')?.isTrue;
      expect([failing(9 * MINUTE), failing(10 * MINUTE)]).to.deep.equal([true, false]);
    });
    it('an unobserved end makes no automatic new Job', () => {
      expect(ended({ failure: { reason: 'EndUnobserved', message: '' } }).outcome).to.equal('endUnobserved');
    });
  });

  describe('of a stop', () => {
    const stop = aSavepoint({ origin: 'SUSPEND' });
    const failed = { ...stop, state: 'FAILED', failure: { reason: 'SavepointFailed', message: 'no space' } } as const;
    it('counts failed tries until one succeeds or the user acts', () => {
      const once = rememberStop(aDeployment(), failed, NOW);
      const twice = rememberStop(once, failed, after(1));
      expect(twice.savepointFailures).to.deep.equal([
        { at: NOW, message: 'no space' },
        { at: after(1), message: 'no space' },
      ]);
      expect(rememberStop(twice, { ...stop, state: 'COMPLETED' }, after(2)).savepointFailures).to.deep.equal([]);
      expect(forgetFailures(twice).savepointFailures).to.deep.equal([]);
    });
    it('one that the user asked for does not count', () => {
      expect(rememberStop(aDeployment(), { ...failed, origin: 'USER_REQUEST' }, NOW).savepointFailures).to.deep.equal([]);
    });
    it('one whose outcome is unknown keeps the next Job from starting from older state', () => {
      const unknown = { ...failed, failure: { reason: 'OutcomeUnknown', message: 'look there' } } as const;
      expect(rememberStop(aDeployment(), unknown, NOW).outcome).to.equal('stateUnknown');
    });
    it('a template that changes once more does not end an upgrade; another desired state does', () => {
      const upgrading = aDeployment({ keepsState: true, freshSince: NOW });
      expect(forgetFailures(upgrading)).to.include({ keepsState: true, freshSince: NOW });
      expect(forgetUpgrade(upgrading)).to.not.have.any.keys('keepsState', 'freshSince');
    });
  });
});
