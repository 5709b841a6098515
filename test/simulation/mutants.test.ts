import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { CommandKind } from '../../src/domain/due.ts';
import type { Job } from '../../src/domain/job.ts';
import type { CommandQueue } from '../../src/ports/queue.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Cluster, ClusterView } from '../../src/ports/targets.ts';
import { live, type Mutant } from './history.ts';

const view =
  (change: (view: ClusterView) => ClusterView) =>
  (right: Cluster): Cluster => ({ ...right, view: async () => change(await right.view()) });
const submitAnswer =
  (wrong: 'refused' | 'notSubmitted' | 'accepted') =>
  (right: Cluster): Cluster => ({
    ...right,
    submit: async (job, uploaded) => {
      const answer = await right.submit(job, uploaded);
      return answer.kind === 'inDoubt' ? { kind: wrong, message: 'no answer' } : answer;
    },
  });

const without = (right: CommandQueue, kind: CommandKind): CommandQueue => ({
  ...right,
  wake: (command, delayMs) => (command.kind === kind ? Promise.resolve() : right.wake(command, delayMs)),
});
const withoutDue = (right: Store, kind: CommandKind): Store => ({
  ...right,
  dueCommands: async (limit, skip) => (await right.dueCommands(limit, skip)).filter((command) => command.kind !== kind),
});

/** What is decided about a Job is decided by another row than there is. */
const heldJob = (right: Store, change: (job: Job) => Job): Store => ({
  ...right,
  change: (id, decide) => right.change(id, (held, now) => decide({ ...held, job: held.job && change(held.job) }, now)),
});
const goneIs =
  <T extends { readonly kind: string }>(wrong: T) =>
  async <E extends { readonly kind: string }>(end: Promise<E>): Promise<E | T> => {
    const told = await end;
    return told.kind === 'gone' ? wrong : told;
  };

/** One wrong part each. A check that cannot fail proves nothing. */
const mutants: Readonly<Record<string, Mutant>> = {
  'a cluster that cannot be asked is taken for one without jobs': {
    cluster: (right) => {
      let fingerprint = 'jm-1';
      return {
        ...right,
        find: (id) => right.find(id).catch(() => undefined),
        application: (id) => right.application(id).catch(() => ({ kind: 'unknown' })),
        view: async () => {
          try {
            const seen = await right.view();
            ({ fingerprint } = seen);
            return seen;
          } catch {
            return { endpoint: '', fingerprint, highAvailability: false, ageMs: () => 0, jobs: new Map() };
          }
        },
      };
    },
  },
  'a submission without an answer is taken for refused': { cluster: submitAnswer('refused') },
  'a submission without an answer is taken for one that was never sent': { cluster: submitAnswer('notSubmitted') },
  'a submission without an answer is taken for accepted': { cluster: submitAnswer('accepted') },
  'the Flink id is made anew for each submission': {
    cluster: (right, world) => ({
      ...right,
      submit: (job, uploaded) =>
        right.submit({ ...job, id: `01900000-0000-7000-9000-${String(world.between(0, 1e9)).padStart(12, '0')}` }, uploaded),
    }),
  },
  'a submission is sent a second time under an id of its own': {
    cluster: (right) => ({
      ...right,
      submit: (job, uploaded) => {
        void right.submit({ ...job, id: job.id.replace('-7000-8', '-7000-9') }, uploaded);
        return right.submit(job, uploaded);
      },
    }),
  },
  'a replaced JobManager is not noticed': {
    cluster: (right) => ({ ...view((seen) => ({ ...seen, fingerprint: 'always' }))(right), fingerprint: () => Promise.resolve('always') }),
  },
  'the grace of high availability is forgotten': { cluster: view((seen) => ({ ...seen, highAvailability: false })) },
  'an overview that omits a job is believed': { cluster: (right) => ({ ...right, find: () => Promise.resolve(undefined) }) },
  'an old overview is taken for a new one': {
    cluster: (right) => {
      let old: ClusterView | undefined;
      let uses = 0;
      return {
        ...right,
        find: () => Promise.resolve(undefined),
        view: async () => {
          if (old === undefined || uses++ % 10 === 0) old = await right.view();
          return { ...old, ageMs: () => 0 };
        },
      };
    },
  },
  'cancel is answered and not done': { cluster: (right) => ({ ...right, cancel: () => Promise.resolve() }) },
  'nothing is woken and nothing is repaired': {
    store: (right) => ({ ...right, dueCommands: () => Promise.resolve([]) }),
    queue: (right) => ({ ...right, wake: () => Promise.resolve() }),
  },
  'nothing is repaired': { store: (right) => ({ ...right, dueCommands: () => Promise.resolve([]) }) },
  'the cleanup keeps one Job less than it may': {
    store: (right) => ({
      ...right,
      expiredJobs: (limits, most) => right.expiredJobs({ ...limits, keepJobs: (limits.keepJobs ?? 1) - 1 }, most),
    }),
  },
  'strays are not looked for': { store: (right) => ({ ...right, flinkIds: () => Promise.resolve([]) }) },
  'clusters without a Job are not looked at': {
    store: (right) => ({
      ...right,
      busyTargets: async (shard, shards) => {
        const targets = await right.busyTargets(shard, shards);
        const watched = await Promise.all(targets.map(({ id }) => right.watchedJobs(id)));
        return targets.filter((_, index) => watched[index]!.jobs.length > 0);
      },
    }),
  },
  'a restart counter that is no longer there is taken for zero, and the next for news': {
    cluster: (right) => {
      let readings = 0;
      return { ...right, metrics: async (id) => ({ restarts: ((await right.metrics(id)).restarts ?? 0) + readings++ }) };
    },
  },
  'each savepoint is asked for under a new id': {
    cluster: (right, world) => ({
      ...right,
      savepoint: (id, request) => right.savepoint(id, { ...request, triggerId: `${world.between(0, 1e9)}` }),
    }),
  },
  'a forgotten savepoint is taken for one that was never taken': {
    cluster: (right) => ({
      ...right,
      statePaths: () => Promise.resolve({}),
      savepointOperation: (id, trigger) =>
        right.savepointOperation(id, trigger).then((operation) => (operation.kind === 'completed' ? { kind: 'unknown' } : operation)),
    }),
    look: () => ({ kind: 'none' }),
  },
  'a stop that was forgotten is taken for a failed one': {
    cluster: (right) => ({
      ...right,
      savepointOperation: (id, trigger) =>
        right
          .savepointOperation(id, trigger)
          .then((operation) => (operation.kind === 'unknown' ? { kind: 'failed', endpoint: '', message: 'forgotten' } : operation)),
    }),
    look: () => ({ kind: 'none' }),
  },
  'what a Job left behind is not looked for': {
    cluster: (right) => ({ ...right, statePaths: () => Promise.resolve({}) }),
    look: () => ({ kind: 'none' }),
  },
  'the newest state is not used': {
    store: (right) => ({
      ...right,
      change: (id, decide) =>
        right.change(id, (held, now) => decide({ ...held, savepoints: held.savepoints.filter(({ state }) => state === 'STARTED') }, now)),
    }),
  },
  'savepoints are not settled': { queue: (right) => without(right, 'savepoint'), store: (right) => withoutDue(right, 'savepoint') },
  'a session is taken out of its row and not closed': { gateway: (right) => ({ ...right, close: () => Promise.resolve() }) },
  'a session is written down when something was run in it': {
    gateway: (right) => ({
      ...right,
      open: async (job) => {
        const session = await right.open(job);
        await right.define(job, session, 0);
        return session;
      },
    }),
  },
  'a statement without an answer is sent again in its session': {
    gateway: (right) => ({ ...right, define: (job, ...at) => right.define(job, ...at).catch(() => right.define(job, ...at)) }),
  },
  'a session that is gone is taken for a mistake in its script': {
    gateway: (right) => {
      const wrong = goneIs({ kind: 'failed', message: 'Session does not exist' } as const);
      return { ...right, defined: (...of) => wrong(right.defined(...of)), planned: (...of) => wrong(right.planned(...of)) };
    },
  },
  'a session that is gone is taken for a script that was never submitted': {
    gateway: (right) => ({
      ...right,
      submitted: (...of) => goneIs({ kind: 'refused', message: 'gone' } as const)(right.submitted(...of)),
    }),
  },
  'a script is taken for lost with the JobManager': {
    store: (right) => ({
      ...heldJob(right, (job) => ({ ...job, artifactSha256: 'sha' })),
      watchedJobs: async (targetId) => {
        const { jobs, now } = await right.watchedJobs(targetId);
        return { jobs: jobs.map((job) => ({ ...job, artifactSha256: 'sha' })), now };
      },
    }),
  },
  'the tables of a script are written down anew with each submission': { store: (right) => heldJob(right, ({ tables, ...job }) => job) },
  'events are lost': {
    store: (right) => ({
      ...right,
      change: (id, decide) =>
        right.change(id, (held, now) => {
          const change = decide(held, now);
          return change && { ...change, events: [] };
        }),
    }),
  },
};

const MOST_SEEDS = 10_000;

describe('mutants', () => {
  for (const [name, mutant] of Object.entries(mutants)) {
    it(`found: ${name}`, async () => {
      for (let seed = 1; seed <= MOST_SEEDS; seed++) {
        try {
          await live(seed, mutant);
        } catch (error) {
          expect(String(error)).to.match(/^Error: I\d+ /);
          return;
        }
      }
      throw new Error(`not found within ${MOST_SEEDS} seeds`);
    });
  }
});
