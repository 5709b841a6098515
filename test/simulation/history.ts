import { createHash } from 'node:crypto';
import type { DeploymentSpec } from '../../src/domain/deployment.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { isDreyError } from '../../src/domain/errors.ts';
import { isUnreleased, type Job } from '../../src/domain/job.ts';
import { isStop } from '../../src/domain/savepoint.ts';
import type { Limits } from '../../src/domain/limits.ts';
import type { StoredState } from '../../src/domain/savepoint-sight.ts';
import type { CommandQueue } from '../../src/ports/queue.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Cluster } from '../../src/ports/targets.ts';
import { aRegime, aSpec, aTarget, deaf, silent } from '../support/factories.ts';
import { memoryStore } from '../support/memory-store.ts';
import { simulatedDaemons } from './daemons.ts';
import { simulatedFlink, type Program } from './flink.ts';
import { simulatedStorage } from './storage.ts';
import { invariants, KEEP } from './invariants.ts';
import { createWorld, type World } from './world.ts';

/** Everything scaled down, in the proportions of the defaults. */
const LIMITS: Limits = {
  startDeadlineMs: 60_000,
  submissionWindowMs: 30_000,
  recoveryGraceMs: 30_000,
  failureBackoffFirstMs: 1000,
  savepointReadyMs: 20_000,
  failureBackoffMostMs: 10_000,
  observationMaxAgeMs: 15_000,
};
const ROUGH_MS = 90_000;
const CALM_MS = 150_000;

export interface History {
  readonly lines: readonly string[];
  readonly digest: string;
  readonly transitionsSeen: ReadonlySet<string>;
  readonly faults: number;
  readonly acts: number;
}

/** A wrong way to build a part: the checks must find it. */
export interface Mutant {
  readonly store?: (right: Store) => Store;
  readonly queue?: (right: CommandQueue) => CommandQueue;
  readonly cluster?: (right: Cluster, world: World) => Cluster;
  /** What a daemon sees when it looks into a directory. */
  readonly look?: () => StoredState;
}

/** The Deployment whose state may never be lost; of the other it may never be used. */
const STATEFUL = 'b';

/** Lives through one seed: users act and parts fail for a while, then all is calm. Throws where a promise is broken. */
export async function live(seed: number, mutant: Mutant = {}): Promise<History> {
  const world = createWorld(seed);
  const storage = simulatedStorage();
  const programOf = (job: Job): Program => programs[job.spec.parallelism % programs.length]!;
  const flink = simulatedFlink(world, world.chance(0.5), world.chance(0.4), programOf, storage);
  const guard = invariants(world, flink, storage);
  // A row that breaks a promise is the world's failure, not that of the daemon that wrote it.
  let broken: unknown;
  const store = memoryStore(
    () => new Date(world.now()),
    (job) => {
      try {
        guard.written(job);
      } catch (error) {
        broken ??= error;
      }
    },
  );
  const newId = ids(world);
  const guarded: Store = {
    ...store,
    change: async (id, decide) => {
      const change = await store.change(id, decide);
      for (const { jobId, failure } of [...(change?.savepoints ?? []), ...(change?.newSavepoints ?? [])])
        if (jobId !== undefined && failure?.reason === 'OutcomeUnknown') guard.unknown(jobId);
      return change;
    },
    deleteJobs: (doomed, rememberMs) => {
      try {
        guard.deleting(doomed);
      } catch (error) {
        broken ??= error;
      }
      return store.deleteJobs(doomed, rememberMs);
    },
  };
  const parts = { store: mutant.store?.(guarded) ?? guarded, cluster: mutant.cluster?.(flink.cluster, world) ?? flink.cluster };
  // A file system that is away tells nothing of what lies in it.
  let awayUntil = 0;
  const look = (directory: string): StoredState =>
    world.now() < awayUntil ? { kind: 'unknown', why: 'not mounted' } : storage.look(directory);
  const seen = { ...storage, look: mutant.look ?? look };
  const daemons = simulatedDaemons(world, parts.store, parts.cluster, seen, LIMITS, newId, mutant.queue);
  const engine = createEngine({ store: parts.store, queue: daemons.queue, limits: LIMITS, newId, listener: deaf, log: silent });
  let acts = 0;
  let faults = 0;

  const target = aTarget();
  void store.insertTarget(target);
  void store.declareRegime(aRegime({ retention: { keepJobs: KEEP, rememberIdsMs: 3_600_000 } }));
  const act = (name: string) => (): void => {
    const isStateful = name === STATEFUL;
    const wanted: Partial<DeploymentSpec> = {
      state: world.chance(0.65) ? 'RUNNING' : isStateful && world.chance(0.6) ? 'SUSPENDED' : 'CANCELLED',
      template: { spec: { ...aSpec().template.spec, parallelism: world.between(0, programs.length * 2 - 1) } },
      upgradeStrategy: { kind: world.chance(0.2) ? 'NONE' : isStateful ? 'STATEFUL' : 'STATELESS' },
      restoreStrategy: { kind: isStateful ? 'LATEST_STATE' : 'NONE' },
    };
    acts++;
    world.note(`a user wants ${name} ${wanted.state ?? ''}, program ${(wanted.template?.spec.parallelism ?? 0) % programs.length}`);
    const edit = { input: { labels: {}, annotations: {}, spec: aSpec(wanted) }, target, events: [] };
    void (async () => {
      const row = await store.deployment('default', name);
      if (row === undefined) await engine.deployments.create('default', name, edit);
      else await engine.deployments.update(row.id, undefined, () => edit);
    })();
  };
  const wantSavepoint = (): void => {
    acts++;
    void (async () => {
      const row = await store.deployment('default', STATEFUL);
      if (row === undefined) return;
      world.note('a user wants a savepoint');
      await engine.savepoints.request(row.id, { annotations: {} }).catch((error: unknown) => {
        if (!isDreyError(error, 'conflict')) throw error;
      });
    })();
  };
  for (let i = world.between(0, 3); i > 0; i--) world.after(world.between(5000, ROUGH_MS), wantSavepoint);
  const deleteSavepoint = (): void => {
    acts++;
    void (async () => {
      const savepoints = (await store.savepoints('default', {})).filter(({ state }) => state !== 'STARTED');
      if (savepoints.length === 0) return;
      const { id } = world.pick(savepoints);
      world.note(`a user deletes savepoint ${id.slice(-4)}`);
      const row = await store.savepoint(id);
      if (row === undefined) return;
      await engine.savepoints.remove(row.savepoint, undefined).catch((error: unknown) => {
        if (!isDreyError(error, 'conflict') && !isDreyError(error, 'notFound')) throw error;
      });
    })();
  };
  for (let i = world.between(0, 3); i > 0; i--) world.after(world.between(10_000, ROUGH_MS), deleteSavepoint);
  for (const name of ['a', STATEFUL]) {
    world.after(1, act(name));
    for (let i = world.between(1, 4); i > 0; i--) world.after(world.between(1000, ROUGH_MS), act(name));
  }
  /** The JobManager is replaced just while it stops a job with a savepoint. */
  const restartDuringStop = (): void => {
    if (world.now() > ROUGH_MS) return;
    void store.savepoints('default', {}).then((savepoints) => {
      const isStopping = savepoints.some((one) => one.state === 'STARTED' && isStop(one) && one.triggeredAt !== undefined);
      if (isStopping) world.after(world.between(0, 300), () => flink.restart());
      else world.after(300, restartDuringStop);
    });
  };
  const fault = (run: () => void): void => {
    faults++;
    world.after(world.between(1000, ROUGH_MS), run);
  };
  for (let i = world.between(1, 3); i > 0; i--) fault(() => daemons.kill());
  for (let i = world.between(1, 2); i > 0; i--) fault(() => daemons.pause(world.between(2000, 30_000)));
  for (let i = world.between(1, 2); i > 0; i--) fault(() => flink.outage(world.between(500, 20_000)));
  if (world.chance(0.5)) {
    fault(() => {
      flink.restart();
      // Now that it has forgotten the ids, somebody may run one of them again.
      if (world.chance(0.5)) world.after(world.between(5000, 20_000), () => flink.runByHand(guard.endedIds()));
    });
  }
  if (world.chance(0.5)) fault(() => daemons.flush());
  if (world.chance(0.5)) {
    fault(() => {
      world.note('what is stored cannot be looked into');
      awayUntil = world.now() + world.between(5000, 40_000);
    });
  }
  if (world.chance(0.5)) fault(restartDuringStop);
  fault(() => daemons.kill());
  world.after(ROUGH_MS, () => {
    world.note('all is calm');
    daemons.calm();
    flink.calm();
  });

  await world.run(ROUGH_MS + CALM_MS, () => {
    if (broken instanceof Error) throw broken;
    guard.check();
  });
  guard.check('end');
  await converged();
  const digest = createHash('sha256').update(world.history.join('\n')).digest('hex');
  return { lines: world.history, digest, transitionsSeen: guard.transitionsSeen, faults, acts };

  /** I13: when the faults have stopped, each Deployment is where it is wanted, and each event has its number. */
  async function converged(): Promise<void> {
    for (const deployment of await store.deployments('default')) {
      const jobs = await store.jobs('default', { deploymentId: deployment.id });
      const states = jobs.map(({ state }) => state).join(', ');
      const atRest = {
        CANCELLED: ['CANCELLED'],
        SUSPENDED: ['SUSPENDED', 'FINISHED', 'FAILED'],
        RUNNING: ['RUNNING', 'FINISHED', 'FAILED'],
      }[deployment.spec.state];
      if (!atRest.includes(deployment.state))
        throw new Error(`I13 ${deployment.name} is ${deployment.state}, wanted ${deployment.spec.state}; Jobs ${states}`);
      const active = jobs.find(({ state }) => state === 'STARTED');
      if (active !== undefined && world.now() - active.observedAt.getTime() > 15_000)
        throw new Error(`I13 Job ${active.id} is not observed any more`);
      const runs = deployment.state === 'RUNNING' || (deployment.state === 'FAILED' && deployment.failure?.reason === 'SavepointsFailed');
      if (runs !== (active !== undefined)) throw new Error(`I13 ${deployment.name} is ${deployment.state}; Jobs ${states}`);
      const unsettled = (await store.savepoints('default', { deploymentId: deployment.id })).find(({ state }) => state === 'STARTED');
      if (unsettled !== undefined) throw new Error(`I13 Savepoint ${unsettled.id} of ${deployment.name} never settled`);
      const unreleased = jobs.find(isUnreleased);
      if (unreleased !== undefined) throw new Error(`I13 nobody looked for what Job ${unreleased.id} left behind`);
      const events = await store.events('default', { deploymentId: deployment.id }, { limit: 10_000 });
      if (events.some(({ number }, index) => number !== index + 1)) throw new Error(`I6 the events of ${deployment.name} have gaps`);
      for (const job of jobs) {
        const told = events.filter(({ jobId, name }) => jobId === job.id && name === 'JOB_SUCCESSFULLY_STARTED').length;
        if (told !== (job.startedAt === undefined ? 0 : 1)) throw new Error(`I6 Job ${job.id} was told started ${told} times`);
      }
    }
  }
}

const programs: readonly Program[] = [
  { mainMs: 50, refused: false, fails: false, finishes: false, restarts: false },
  { mainMs: 50, refused: false, fails: false, finishes: false, restarts: true },
  { mainMs: 8000, refused: false, fails: false, finishes: false, restarts: false },
  { mainMs: 500, refused: true, fails: false, finishes: false, restarts: false },
  { mainMs: 50, refused: false, fails: true, finishes: false, restarts: false },
  { mainMs: 50, refused: false, fails: false, finishes: true, restarts: false },
];

/** UUIDs in the order in which they were made, as version 7 has them. */
function ids(world: World): () => string {
  let count = 0;
  return () => `01900000-0000-7000-8000-${(++count * 0x10000 + world.between(0, 0xffff)).toString(16).padStart(12, '0')}`;
}
