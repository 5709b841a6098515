import { createHash } from 'node:crypto';
import { createEngine } from '../../src/engine/engine.ts';
import { isDreyError } from '../../src/domain/errors.ts';
import { isStop } from '../../src/domain/savepoint.ts';
import type { Limits } from '../../src/domain/limits.ts';
import type { StoredState } from '../../src/domain/savepoint-sight.ts';
import type { CommandQueue } from '../../src/ports/queue.ts';
import type { SqlGateway } from '../../src/ports/sql.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Cluster } from '../../src/ports/targets.ts';
import { aRegime, aTarget, deaf, silent } from '../support/factories.ts';
import { memoryStore } from '../support/memory-store.ts';
import { converged } from './convergence.ts';
import { simulatedDaemons } from './daemons.ts';
import { someSpec, STATEFUL } from './deployments.ts';
import { simulatedFlink } from './flink.ts';
import { simulatedGateway } from './gateway.ts';
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
  readonly scriptStepsSeen: ReadonlySet<string>;
  readonly faults: number;
  readonly acts: number;
}

/** A wrong way to build a part: the checks must find it. */
export interface Mutant {
  readonly store?: (right: Store) => Store;
  readonly queue?: (right: CommandQueue) => CommandQueue;
  readonly cluster?: (right: Cluster, world: World) => Cluster;
  readonly gateway?: (right: SqlGateway) => SqlGateway;
  /** What a daemon sees when it looks into a directory. */
  readonly look?: () => StoredState;
}

/** Lives through one seed: users act and parts fail for a while, then all is calm. Throws where a promise is broken. */
export async function live(seed: number, mutant: Mutant = {}): Promise<History> {
  const world = createWorld(seed);
  const storage = simulatedStorage();
  const flink = simulatedFlink(world, world.chance(0.5), world.chance(0.4), storage);
  // A step that breaks a promise is the world's failure, not that of the daemon that made it.
  let broken: unknown;
  const watched = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      broken ??= error;
    }
  };
  /** What happens when the next script is run, and when the next is submitted. */
  const during: Readonly<Record<'scripts' | 'submissions', (() => void)[]>> = { scripts: [], submissions: [] };
  const gateway = simulatedGateway(world, flink, {
    opened: () => world.after(world.between(0, 1500), during.scripts.shift() ?? (() => undefined)),
    submitting: () => world.after(world.between(0, 300), during.submissions.shift() ?? (() => undefined)),
    ran: (session) => watched(() => guard.ran(session)),
  });
  const guard = invariants(world, flink, gateway, storage);
  const store = memoryStore(
    () => new Date(world.now()),
    (job) => watched(() => guard.written(job)),
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
      watched(() => guard.deleting(doomed));
      return store.deleteJobs(doomed, rememberMs);
    },
  };
  // A file system that is away tells nothing of what lies in it.
  let awayUntil = 0;
  const look = (directory: string): StoredState =>
    world.now() < awayUntil ? { kind: 'unknown', why: 'not mounted' } : storage.look(directory);
  const reach = {
    store: mutant.store?.(guarded) ?? guarded,
    cluster: mutant.cluster?.(flink.cluster, world) ?? flink.cluster,
    gateway: mutant.gateway?.(gateway.gateway) ?? gateway.gateway,
    storage: { ...storage, look: mutant.look ?? look },
  };
  const daemons = simulatedDaemons(world, reach, LIMITS, newId, mutant.queue);
  const engine = createEngine({ store: reach.store, queue: daemons.queue, limits: LIMITS, newId, listener: deaf, log: silent });
  let acts = 0;
  let faults = 0;

  const target = aTarget({ spec: { session: { url: 'http://simulated', sqlGatewayUrl: 'http://gateway' } } });
  void store.insertTarget(target);
  void store.declareRegime(aRegime({ retention: { keepJobs: KEEP, rememberIdsMs: 3_600_000 } }));
  const act = (name: string) => (): void => {
    acts++;
    const edit = { input: { labels: {}, annotations: {}, spec: someSpec(world, name) }, target, events: [] };
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
  if (world.chance(0.5)) fault(() => gateway.outage(world.between(500, 20_000)));
  if (world.chance(0.3)) fault(() => gateway.restart());
  const anywhere = [
    () => daemons.kill(),
    () => daemons.pause(world.between(2000, 30_000)),
    () => gateway.restart(),
    () => gateway.outage(world.between(500, 20_000)),
  ];
  for (let i = world.between(0, 2); i > 0; i--) during.scripts.push(world.pick([...anywhere, act('a'), act(STATEFUL)]));
  for (let i = world.between(0, 2); i > 0; i--) during.submissions.push(world.pick([...anywhere, () => flink.restart()]));
  world.after(ROUGH_MS, () => {
    world.note('all is calm');
    daemons.calm();
    flink.calm();
    gateway.calm();
    during.scripts.length = during.submissions.length = 0;
  });

  await world.run(ROUGH_MS + CALM_MS, () => {
    if (broken instanceof Error) throw broken;
    guard.check();
  });
  guard.check('end');
  await converged(world, store);
  const digest = createHash('sha256').update(world.history.join('\n')).digest('hex');
  return { lines: world.history, digest, transitionsSeen: guard.transitionsSeen, scriptStepsSeen: guard.scriptStepsSeen, faults, acts };
}

/** UUIDs in the order in which they were made, as version 7 has them. */
function ids(world: World): () => string {
  let count = 0;
  return () => `01900000-0000-7000-8000-${(++count * 0x10000 + world.between(0, 0xffff)).toString(16).padStart(12, '0')}`;
}
