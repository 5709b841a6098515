import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Deployment } from '../../src/domain/deployment.ts';
import { plan, type Situation, type Step } from '../../src/domain/deployment-plan.ts';
import { forgetFailures } from '../../src/domain/outcome.ts';
import type { Job } from '../../src/domain/job.ts';
import { after, aDeployment, aJob, aSavepoint, LIMITS, MINUTE, NOW, SAVEPOINT_ID } from '../support/factories.ts';

const DESIRED = ['RUNNING', 'SUSPENDED', 'CANCELLED'] as const;
const JOBS = ['none', 'STARTING', 'STARTED', 'stopping', 'TERMINATING'] as const;
const TEMPLATES = ['unchanged', 'changed'] as const;
const UPGRADES = ['NONE', 'STATELESS', 'STATEFUL'] as const;
const OUTCOMES = ['none', 'terminated', 'finished', 'attempts left', 'no attempts left', 'endUnobserved', 'stateUnknown'] as const;
const TRIES = ['none', 'pausing', 'left', 'used up'] as const;
const ACTS = ['acted since', 'FAILED'] as const;

interface Case {
  readonly desired: (typeof DESIRED)[number];
  readonly job: (typeof JOBS)[number];
  readonly template: (typeof TEMPLATES)[number];
  readonly upgrade: (typeof UPGRADES)[number];
  readonly outcome: (typeof OUTCOMES)[number];
  readonly tries: (typeof TRIES)[number];
  readonly act: (typeof ACTS)[number];
}

type Pattern = { readonly [K in keyof Case]?: Case[K] | readonly Case[K][] };

/** The table of docs/state-machine.md: the first row that fits. What is left out fits everything. */
const TABLE: readonly [Pattern, string][] = [
  [{ job: 'TERMINATING' }, 'TRANSITIONING'],
  [{ desired: 'CANCELLED', job: 'none' }, 'CANCELLED'],
  [{ desired: 'CANCELLED' }, 'terminateJob cancelled'],
  [{ act: 'FAILED' }, 'FAILED'],
  [{ job: 'stopping' }, 'TRANSITIONING'],
  [{ desired: 'RUNNING', job: 'none', outcome: ['none', 'terminated', 'attempts left'] }, 'makeJob'],
  [{ desired: 'RUNNING', job: 'none', outcome: 'finished' }, 'FINISHED'],
  [{ desired: 'RUNNING', job: 'none' }, 'FAILED'],
  [{ desired: 'RUNNING', job: 'STARTING', template: 'unchanged' }, 'TRANSITIONING'],
  [{ desired: 'RUNNING', job: 'STARTING', upgrade: 'NONE' }, 'TRANSITIONING'],
  [{ desired: 'RUNNING', job: 'STARTING' }, 'terminateJob upgraded'],
  [{ desired: 'RUNNING', template: 'unchanged' }, 'RUNNING'],
  [{ desired: 'RUNNING', upgrade: 'NONE' }, 'RUNNING'],
  [{ desired: 'RUNNING', upgrade: 'STATELESS' }, 'terminateJob upgraded'],
  [{ desired: 'RUNNING', tries: ['none', 'left'] }, 'stopJob SUSPEND_AND_UPGRADE'],
  [{ desired: 'RUNNING', tries: 'pausing' }, 'TRANSITIONING'],
  [{ desired: 'RUNNING', tries: 'used up' }, 'FAILED'],
  [{ desired: 'SUSPENDED', job: 'none', outcome: 'finished' }, 'FINISHED'],
  [{ desired: 'SUSPENDED', job: 'none', outcome: 'stateUnknown' }, 'FAILED'],
  [{ desired: 'SUSPENDED', job: 'none' }, 'SUSPENDED'],
  [{ desired: 'SUSPENDED', job: 'STARTING' }, 'terminateJob suspended'],
  [{ desired: 'SUSPENDED', tries: ['none', 'left'] }, 'stopJob SUSPEND'],
  [{ desired: 'SUSPENDED', tries: 'pausing' }, 'TRANSITIONING'],
  [{ desired: 'SUSPENDED', tries: 'used up' }, 'FAILED'],
];

const fits = (pattern: Pattern, one: Case): boolean =>
  (Object.keys(pattern) as (keyof Case)[]).every((key) => ([pattern[key]].flat() as unknown[]).includes(one[key]));

const allCases: readonly Case[] = DESIRED.flatMap((desired) =>
  JOBS.flatMap((job) =>
    TEMPLATES.flatMap((template) =>
      UPGRADES.flatMap((upgrade) =>
        OUTCOMES.flatMap((outcome) =>
          TRIES.flatMap((tries) => ACTS.map((act): Case => ({ desired, job, template, upgrade, outcome, tries, act }))),
        ),
      ),
    ),
  ),
);

const AT = after(30 * MINUTE);
const failures = (count: number, at = NOW) => Array.from({ length: count }, () => ({ at, counts: true }));
const tries = (count: number, at = NOW) => Array.from({ length: count }, () => ({ at, message: 'no space' }));
const MEMORY: { readonly [O in Case['outcome']]: Partial<Pick<Deployment, 'outcome' | 'failures'>> } = {
  none: {},
  terminated: { outcome: 'terminated' },
  finished: { outcome: 'finished' },
  'attempts left': { outcome: 'failed', failures: failures(3) },
  'no attempts left': { outcome: 'failed', failures: failures(4) },
  endUnobserved: { outcome: 'endUnobserved' },
  stateUnknown: { outcome: 'stateUnknown' },
};
const TRIED: { readonly [T in Case['tries']]: Deployment['savepointFailures'] } = {
  none: [],
  pausing: tries(3, AT),
  left: tries(3),
  'used up': tries(4, AT),
};

function situation({ desired, job, template, upgrade, outcome, tries: tried, act }: Case): Situation {
  const state: Job['state'] = job === 'none' || job === 'stopping' ? 'STARTED' : job;
  return {
    deployment: aDeployment({
      spec: { state: desired, upgradeStrategy: { kind: upgrade } },
      templateHash: template === 'changed' ? 'another' : 'template',
      savepointFailures: TRIED[tried],
      ...MEMORY[outcome],
      ...(act === 'FAILED' ? { state: 'FAILED', failure: { reason: 'JobsFailed', message: '' } } : {}),
    }),
    job: job === 'none' ? undefined : aJob({ state, ...(job === 'stopping' ? { stopId: SAVEPOINT_ID } : {}) }),
    savepoints: [],
    isReleasing: false,
  };
}

const named = (step: Step): string => {
  if (step.kind === 'wait') return step.state;
  if (step.kind === 'makeJob') return 'makeJob';
  return `${step.kind} ${step.kind === 'stopJob' ? step.origin : step.why}`;
};

const idle = (deployment: Deployment, given: Partial<Situation> = {}): Situation => ({
  deployment,
  job: undefined,
  savepoints: [],
  isReleasing: false,
  ...given,
});
const make = { kind: 'makeJob' };

describe('plan', () => {
  const used = new Set<string>();
  for (const desired of DESIRED) {
    it(`${desired} × every Job, template, strategy, outcome and number of tries`, () => {
      for (const one of allCases.filter((each) => each.desired === desired)) {
        const row = TABLE.findIndex(([pattern]) => fits(pattern, one));
        used.add(String(row));
        expect(named(plan(situation(one), AT, LIMITS)), JSON.stringify(one)).to.equal(TABLE[row]![1]);
      }
    });
  }
  it('no row of the table is without a case', () => {
    expect(used.size).to.equal(TABLE.length);
  });
  it('FAILED always says why, nothing else does', () => {
    for (const one of allCases) {
      const step = plan(situation(one), AT, LIMITS);
      if (step.kind === 'wait') expect(step.failure !== undefined, JSON.stringify(one)).to.equal(step.state === 'FAILED');
    }
  });

  describe('after failed Jobs', () => {
    it('waits 5 s, doubling to 5 m, then makes the next Job', () => {
      const waits = [1, 2, 3, 4, 7, 12].map((count) => {
        const deployment = aDeployment({ spec: { maxJobCreationAttempts: 100 }, outcome: 'failed', failures: failures(count) });
        const step = plan(idle(deployment), NOW, LIMITS);
        if (step.kind !== 'wait' || step.until === undefined) throw new Error('expected a wait');
        expect(plan(idle(deployment), step.until, LIMITS)).to.deep.equal(make);
        return step.until.getTime() - NOW.getTime();
      });
      expect(waits).to.deep.equal([5000, 10_000, 20_000, 40_000, 5 * MINUTE, 5 * MINUTE]);
    });
    it('a lost JobManager lengthens the wait and uses up no attempt', () => {
      const deployment = aDeployment({
        outcome: 'failed',
        failures: failures(5).map((failure, i) => ({ ...failure, at: after(i), counts: false })),
      });
      expect(plan(idle(deployment), NOW, LIMITS)).to.deep.equal({ kind: 'wait', state: 'TRANSITIONING', until: after(4 + 80_000) });
    });
    it('failures older than jobFailureExpirationTime no longer count', () => {
      const old = aDeployment({ outcome: 'failed', failures: failures(4) });
      expect(plan(idle(old), after(61 * MINUTE), LIMITS)).to.deep.equal(make);
    });
    it('but a Deployment that is FAILED stays so until the user acts', () => {
      const failure = { reason: 'JobsFailed', message: '4 Jobs failed' } as const;
      const given = aDeployment({ state: 'FAILED', outcome: 'failed', failures: failures(4), failure });
      expect(plan(idle(given), after(61 * MINUTE), LIMITS)).to.deep.equal({ kind: 'wait', state: 'FAILED', failure });
      expect(plan(idle(forgetFailures(given)), NOW, LIMITS)).to.deep.equal(make);
    });
  });

  describe('what a new Job starts from', () => {
    const snapshot = aSavepoint({ state: 'COMPLETED', location: 'file:/s/1', stateAt: NOW });
    const stateful = { restoreStrategy: { kind: 'LATEST_STATE' } } as const;
    it('is only decided once it is known what the last Job left behind', () => {
      const waiting = idle(aDeployment({ spec: stateful, outcome: 'failed', failures: failures(1) }), { isReleasing: true });
      expect(plan(waiting, AT, LIMITS)).to.deep.equal({ kind: 'wait', state: 'TRANSITIONING' });
      const settling = { ...waiting, isReleasing: false, savepoints: [aSavepoint({ origin: 'SUSPEND' })] };
      expect(plan(settling, AT, LIMITS)).to.deep.equal({ kind: 'wait', state: 'TRANSITIONING' });
      expect(plan({ ...waiting, isReleasing: false, savepoints: [snapshot] }, AT, LIMITS)).to.deep.equal({ ...make, from: snapshot });
    });
    it('does not matter to one that starts fresh', () => {
      expect(plan(idle(aDeployment(), { isReleasing: true, savepoints: [snapshot] }), AT, LIMITS)).to.deep.equal(make);
    });
    it('is never older than the user allows', () => {
      const limited = aDeployment({ spec: { restoreStrategy: { kind: 'LATEST_STATE', maxStateAge: '10m' } } });
      const step = plan(idle(limited, { savepoints: [snapshot] }), after(11 * MINUTE), LIMITS);
      expect(step.kind === 'wait' && step.failure?.reason).to.equal('StateTooOld');
      expect(plan(idle(limited, { savepoints: [snapshot] }), after(9 * MINUTE), LIMITS)).to.deep.equal({ ...make, from: snapshot });
    });
  });
});
