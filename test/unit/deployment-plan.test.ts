import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Deployment, DeploymentSpec } from '../../src/domain/deployment.ts';
import { plan } from '../../src/domain/deployment-plan.ts';
import { forgetOutcomes, rememberEnd } from '../../src/domain/outcome.ts';
import type { Job } from '../../src/domain/job.ts';
import { after, aDeployment, aJob, LIMITS, MINUTE, NOW } from '../support/factories.ts';

const RUNNING: Partial<DeploymentSpec> = { state: 'RUNNING' };
const CANCELLED: Partial<DeploymentSpec> = { state: 'CANCELLED' };
const NONE: Partial<DeploymentSpec> = { ...RUNNING, upgradeStrategy: { kind: 'NONE' } };
const failures = (...counts: boolean[]) => counts.map((counted, i) => ({ at: after(i), counts: counted }));
const changed = { templateHash: 'another' };
const job = (state: Job['state']): Job => aJob({ state });

const wait = (state: Deployment['state']) => ({ kind: 'wait', state });
const make = { kind: 'makeJob' };

/** The table of docs/state-machine.md: row, spec, Deployment, active Job, step. */
const table: [string, Partial<DeploymentSpec>, Partial<Omit<Deployment, 'spec'>>, Job | undefined, object][] = [
  ['any × TERMINATING', RUNNING, changed, job('TERMINATING'), wait('TRANSITIONING')],
  ['CANCELLED × TERMINATING', CANCELLED, {}, job('TERMINATING'), wait('TRANSITIONING')],
  ['RUNNING × none, no outcome', RUNNING, {}, undefined, make],
  ['RUNNING × none, TERMINATED', RUNNING, { outcome: 'terminated' }, undefined, make],
  ['RUNNING × none, FINISHED', RUNNING, { outcome: 'finished' }, undefined, wait('FINISHED')],
  ['RUNNING × none, EndUnobserved', RUNNING, { outcome: 'endUnobserved' }, undefined, wait('FAILED')],
  [
    'RUNNING × none, no attempts left',
    RUNNING,
    { outcome: 'failed', failures: failures(true, true, true, true) },
    undefined,
    wait('FAILED'),
  ],
  ['RUNNING × STARTING, unchanged', RUNNING, {}, job('STARTING'), wait('TRANSITIONING')],
  ['RUNNING × STARTING, changed', RUNNING, changed, job('STARTING'), { kind: 'terminateJob', why: 'upgraded' }],
  ['RUNNING × STARTING, changed, NONE', NONE, changed, job('STARTING'), wait('TRANSITIONING')],
  ['RUNNING × STARTED, unchanged', RUNNING, {}, job('STARTED'), wait('RUNNING')],
  ['RUNNING × STARTED, changed', RUNNING, changed, job('STARTED'), { kind: 'terminateJob', why: 'upgraded' }],
  ['RUNNING × STARTED, changed, NONE', NONE, changed, job('STARTED'), wait('RUNNING')],
  ['CANCELLED × none', CANCELLED, { outcome: 'failed', state: 'FAILED' }, undefined, wait('CANCELLED')],
  ['CANCELLED × STARTING', CANCELLED, {}, job('STARTING'), { kind: 'terminateJob', why: 'cancelled' }],
  ['CANCELLED × STARTED', CANCELLED, changed, job('STARTED'), { kind: 'terminateJob', why: 'cancelled' }],
];

describe('plan', () => {
  for (const [row, spec, given, active, step] of table) {
    it(`${row} → ${JSON.stringify(step)}`, () => {
      expect(plan(aDeployment({ ...given, spec }), active, after(10), LIMITS)).to.deep.equal(step);
    });
  }

  describe('after failed Jobs', () => {
    it('waits 5 s, doubling to 5 m, then makes the next Job', () => {
      const endless = { ...RUNNING, maxJobCreationAttempts: 100 };
      const waits = [1, 2, 3, 4, 7, 12].map((count) => {
        const deployment = aDeployment({
          spec: endless,
          outcome: 'failed',
          failures: Array.from({ length: count }, () => ({ at: NOW, counts: true })),
        });
        const step = plan(deployment, undefined, NOW, LIMITS);
        if (step.kind !== 'wait' || step.until === undefined) throw new Error('expected a wait');
        expect(plan(deployment, undefined, step.until, LIMITS)).to.deep.equal(make);
        return step.until.getTime() - NOW.getTime();
      });
      expect(waits).to.deep.equal([5000, 10_000, 20_000, 40_000, 5 * MINUTE, 5 * MINUTE]);
    });
    it('a lost JobManager lengthens the wait and uses up no attempt', () => {
      const deployment = aDeployment({ outcome: 'failed', failures: failures(false, false, false, false, false) });
      expect(plan(deployment, undefined, NOW, LIMITS)).to.deep.equal({ ...wait('TRANSITIONING'), until: after(4 + 80_000) });
    });
    it('failures older than jobFailureExpirationTime no longer count', () => {
      const old = aDeployment({ outcome: 'failed', failures: failures(true, true, true, true) });
      expect(plan(old, undefined, after(61 * MINUTE), LIMITS)).to.deep.equal(make);
    });
    it('but a Deployment that is FAILED stays so until the user acts', () => {
      const given = aDeployment({ state: 'FAILED', outcome: 'failed', failures: failures(true, true, true, true) });
      expect(plan(given, undefined, after(61 * MINUTE), LIMITS)).to.deep.equal(wait('FAILED'));
      expect(plan(forgetOutcomes(given), undefined, NOW, LIMITS)).to.deep.equal(make);
    });
  });

  describe('what is remembered of a Job that ended', () => {
    const ended = (given: Partial<Job>): Deployment => rememberEnd(aDeployment(), aJob({ state: 'FAILED', ...given }), NOW);
    const lost = { reason: 'JobManagerLost', message: '' } as const;
    it('a Job that was being cancelled counts as terminated, whatever its final state', () => {
      expect(ended({ terminateMode: 'cancel' })).to.deep.include({ outcome: 'terminated', failures: [] });
      expect(ended({ terminateMode: 'cancel', state: 'FINISHED' }).outcome).to.equal('terminated');
    });
    it('a Job that could not start counts as failed', () => {
      expect(ended({ terminateMode: 'fail' })).to.deep.include({ outcome: 'failed', failures: [{ at: NOW, counts: true }] });
    });
    it('a lost JobManager counts as an attempt unless the Job had been STARTED', () => {
      expect(ended({ failure: lost }).failures).to.deep.equal([{ at: NOW, counts: true }]);
      expect(ended({ failure: lost, startedAt: NOW }).failures).to.deep.equal([{ at: NOW, counts: false }]);
    });
    it('an unobserved end makes no automatic new Job', () => {
      expect(ended({ failure: { reason: 'EndUnobserved', message: '' } }).outcome).to.equal('endUnobserved');
    });
  });
});
