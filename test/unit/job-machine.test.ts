import { expect } from 'chai';
import { describe, it } from 'mocha';
import { JOB_STATES, type Job, type JobState } from '../../src/domain/job.ts';
import { transition, transitions, type JobEvent } from '../../src/domain/job-machine.ts';
import { after, aSubmittedJob, NOW } from '../support/factories.ts';

const failure = { reason: 'JobFailed', message: 'boom' } as const;
const events: { readonly [T in JobEvent['type']]: Extract<JobEvent, { type: T }> } = {
  submissionBegan: { type: 'submissionBegan', fingerprint: 'jm-2', openUntil: after(1000), artifactSha256: 'sha' },
  submissionWithdrawn: { type: 'submissionWithdrawn', cause: 'refused' },
  submissionSettled: { type: 'submissionSettled' },
  scriptMoved: { type: 'scriptMoved', sql: { session: 's', stage: { kind: 'opened' } }, waitingFor: 'its script' },
  sessionClosed: { type: 'sessionClosed', session: 's' },
  observedReady: { type: 'observedReady' },
  terminateWanted: { type: 'terminateWanted', mode: 'cancel' },
  observedFinished: { type: 'observedFinished' },
  observedFailed: { type: 'observedFailed', failure },
  confirmedGone: { type: 'confirmedGone' },
  stopBegan: { type: 'stopBegan', savepointId: 'savepoint' },
  stopEnded: { type: 'stopEnded' },
  abandoned: { type: 'abandoned' },
  released: { type: 'released' },
  setAside: { type: 'setAside', reason: 'TypeError' },
};
const states = Object.keys(JOB_STATES) as JobState[];

/** Where each event leads from each state; a dash is a typed error. */
const diagram: { readonly [T in JobEvent['type']]: readonly [string, string, string, string, string, string] } = {
  // STARTING, STARTED, TERMINATING, TERMINATED, FAILED, FINISHED
  submissionBegan: ['STARTING', '-', '-', '-', '-', '-'],
  submissionWithdrawn: ['STARTING', '-', 'TERMINATING', '-', '-', '-'],
  submissionSettled: ['STARTING', '-', 'TERMINATING', '-', '-', '-'],
  scriptMoved: ['STARTING', '-', '-', '-', '-', '-'],
  sessionClosed: ['STARTING', 'STARTED', 'TERMINATING', '-', '-', '-'],
  observedReady: ['STARTED', '-', '-', '-', '-', '-'],
  terminateWanted: ['TERMINATING', 'TERMINATING', '-', '-', '-', '-'],
  observedFinished: ['FINISHED', 'FINISHED', 'FINISHED', '-', '-', '-'],
  observedFailed: ['FAILED', 'FAILED', 'FAILED', '-', '-', '-'],
  confirmedGone: ['-', '-', 'TERMINATED', '-', '-', '-'],
  abandoned: ['TERMINATED', 'TERMINATED', 'TERMINATED', '-', '-', '-'],
  setAside: ['STARTING', 'STARTED', 'TERMINATING', 'TERMINATED', 'FAILED', 'FINISHED'],
  stopBegan: ['-', 'STARTED', '-', '-', '-', '-'],
  stopEnded: ['-', 'STARTED', '-', '-', '-', '-'],
  released: ['-', '-', '-', 'TERMINATED', 'FAILED', 'FINISHED'],
};

describe('job-machine', () => {
  for (const type of Object.keys(transitions) as JobEvent['type'][]) {
    states.forEach((state, index) => {
      const to = diagram[type][index]!;
      it(`${state} × ${type} → ${to}`, () => {
        const job = aSubmittedJob({ state });
        if (to === '-') expect(() => transition(job, events[type], NOW)).to.throw(new RegExp(`is ${state}; ${type} is only possible in`));
        else expect(transition(job, events[type], NOW)).to.include({ state: to, id: job.id, spec: job.spec, version: job.version });
      });
    });
  }

  it('each end has its time, and a failure its cause', () => {
    expect(transition(aSubmittedJob(), events.observedFailed, after(5))).to.deep.include({ failure, terminatedAt: after(5) });
    expect(transition(aSubmittedJob(), events.observedFinished, after(5)).terminatedAt).to.deep.equal(after(5));
  });
  it('what may have left state behind is not released by its end', () => {
    const isReleased = (given: Partial<Job>, event: JobEvent): boolean =>
      transition(aSubmittedJob(given), event, after(5)).releasedAt !== undefined;
    expect(isReleased({}, events.observedFailed)).to.equal(false);
    expect(isReleased({ state: 'TERMINATING', terminateMode: 'cancel' }, events.confirmedGone)).to.equal(false);
    expect(isReleased({ state: 'TERMINATING', terminateMode: 'stopped' }, events.confirmedGone)).to.equal(true);
    expect(isReleased({}, events.observedFinished)).to.equal(true);
    expect(isReleased({ submission: 'none' }, events.observedFailed)).to.equal(true);
  });
  it('a stop is known until it ended without stopping the Job', () => {
    const stopping = transition(aSubmittedJob({ state: 'STARTED' }), events.stopBegan, NOW);
    expect(stopping.stopId).to.equal('savepoint');
    expect(transition(stopping, events.terminateWanted, NOW).stopId).to.equal('savepoint');
    expect(transition(stopping, events.stopEnded, NOW).stopId).to.equal(undefined);
  });
  it('a withdrawn first submission was never sent; a withdrawn second one leaves the first in doubt, its window closed', () => {
    const first = transition(aSubmittedJob({ submission: 'inDoubt' }), events.submissionWithdrawn, NOW);
    expect(first).to.include({ submission: 'none', attempt: 0, waitingFor: 'refused' });
    const second = transition(aSubmittedJob({ submission: 'inDoubt', attempt: 2 }), events.submissionWithdrawn, NOW);
    expect(second).to.deep.include({ submission: 'inDoubt', attempt: 1, submissionOpenUntil: NOW });
  });
});
