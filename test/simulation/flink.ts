import type { FlinkWord, Job } from '../../src/domain/job.ts';
import { flinkJobId, isAlive } from '../../src/domain/job.ts';
import { DreyError } from '../../src/domain/errors.ts';
import type { Cluster, ListedJob } from '../../src/ports/targets.ts';
import type { SubmitAnswer } from '../../src/ports/submit-answer.ts';
import { programOf, type Program } from './deployments.ts';
import { simulatedState, type Stateful } from './state.ts';
import type { Storage } from './storage.ts';
import type { World } from './world.ts';

/** A job that others run on the cluster. */
const FOREIGN = 'f'.repeat(32);

interface SimulatedJob extends Stateful {
  word: FlinkWord;
  /** Until then a new JobManager has not recovered it yet. */
  hiddenUntil: number;
  /** When this JobManager began to run it. */
  since: number;
  /** How often this JobManager restarted it. */
  restarts: number;
}

export interface SimulatedFlink {
  readonly cluster: Cluster;
  /** A job arrives whose main() was run elsewhere, or whose script a gateway has translated; in doubt: it did not. */
  receive(job: Job): Promise<SubmitAnswer>;
  /** How often each id was started, over all incarnations. */
  readonly starts: ReadonlyMap<string, number>;
  /** How often each job was restarted, over all incarnations. */
  restartsOf(id: string): number;
  /** Ids that were run once more by hand, and since when. */
  readonly byHand: ReadonlyMap<string, number>;
  /** Ids that a daemon sent which had been stopped since it wrote the intent down. */
  readonly sentLate: ReadonlySet<string>;
  /** Somebody runs one of these ids by hand, if the cluster does not know it any more. */
  runByHand(ids: readonly string[]): void;
  /** Whether a job of others was touched. */
  readonly touchedForeign: boolean;
  aliveIds(): string[];
  /** Counts the moments at which a job was started or moved. */
  changes(): number;
  /** The JobManager dies and another takes its place: without high availability nothing is known any more, with it not for a while. */
  restart(): void;
  /** Nothing answers for a while. */
  outage(ms: number): void;
  /** No more lost answers and delays. */
  calm(): void;
}

const SUBMIT_LIMIT_MS = 1000;
/** From the intent to the request; a daemon that is not stopped takes a few milliseconds. */
const LATE_MS = 1000;

/** A session cluster with the habits of the real one: submissions that arrive late, ids refused twice, a JobManager that forgets. */
export function simulatedFlink(world: World, offersApplications: boolean, highAvailability: boolean, storage: Storage): SimulatedFlink {
  let incarnation = 1;
  let jobs = new Map<string, SimulatedJob>();
  let applications = new Map<string, 'running' | 'FAILED' | 'FINISHED' | 'CANCELED'>();
  let downUntil = 0;
  let rough = true;
  let changes = 0;
  const starts = new Map<string, number>();
  const restarted = new Map<string, number>();
  const byHand = new Map<string, number>();
  const sentLate = new Set<string>();
  let touchedForeign = false;
  const state = simulatedState(
    world,
    storage,
    (job) => end(job as SimulatedJob, 'FINISHED'),
    () => rough,
  );
  const newJob = (word: FlinkWord, position: number): SimulatedJob => ({
    word,
    hiddenUntil: 0,
    since: world.now(),
    restarts: 0,
    position,
    runsSince: world.now(),
    checkpoints: 0,
    knownCheckpoints: 0,
  });
  const foreign = (): SimulatedJob => newJob('RUNNING', 0);
  /** A job that came to its end keeps no checkpoint. */
  const end = (job: SimulatedJob, word: FlinkWord): void => {
    job.word = word;
    changes++;
    const [id] = [...jobs].find(([, one]) => one === job) ?? [];
    if (word === 'FINISHED' && id !== undefined) state.discard(id);
  };
  jobs.set(FOREIGN, foreign());

  const unreachable = (): DreyError => new DreyError('clusterUnreachable', 'http://simulated did not answer');
  const read = async <T>(answer: () => T): Promise<T> => {
    await world.sleep(world.between(1, rough && world.chance(0.05) ? 4000 : 30));
    if (world.now() < downUntil || (rough && world.chance(0.02))) throw unreachable();
    const result = answer();
    if (rough) await world.sleep(world.between(1, 30));
    return result;
  };
  const listed = (id: string, job: SimulatedJob): ListedJob => ({
    id,
    word: job.word,
    startedAtMs: job.since,
    tasksReady: job.word === 'RUNNING',
  });
  const visible = (): [string, SimulatedJob][] => [...jobs].filter(([, { hiddenUntil }]) => hiddenUntil <= world.now());
  const known = (id: string): boolean => jobs.has(id) || applications.has(id);

  /** The request has arrived; resolves when main() is over. */
  const arrive = async (id: string, program: Program, from: string | undefined): Promise<SubmitAnswer> => {
    if (world.now() < downUntil) return { kind: 'inDoubt', message: 'reset' };
    if (known(id)) return { kind: 'duplicate' };
    const [mine, born] = [jobs, incarnation];
    if (offersApplications) applications.set(id, 'running');
    await world.sleep(program.mainMs);
    if (born !== incarnation) return { kind: 'inDoubt', message: 'reset' };
    if (offersApplications && applications.get(id) === 'CANCELED') return { kind: 'refused', message: 'cancelled' };
    if (program.refused) {
      if (offersApplications) applications.set(id, 'FAILED');
      return { kind: 'refused', message: 'main() threw' };
    }
    if (mine.has(id)) return { kind: 'duplicate' };
    starts.set(id, (starts.get(id) ?? 0) + 1);
    world.note(`flink runs ${id.slice(-4)}`);
    const snapshot = from === undefined ? undefined : storage.read(from);
    const job = newJob(from !== undefined && snapshot === undefined ? 'FAILED' : 'INITIALIZING', snapshot?.position ?? 0);
    mine.set(id, job);
    state.checkpointAgain(id, job, () => mine.get(id) === job && mine === jobs && isAlive(job.word));
    if (offersApplications) applications.set(id, 'FINISHED');
    changes++;
    const move = (ms: number, before: FlinkWord, to: FlinkWord): void =>
      world.after(ms, () => {
        if (job.word !== before) return;
        if (to === 'RUNNING') job.runsSince = world.now();
        end(job, to);
      });
    move(world.between(10, 2000), 'INITIALIZING', 'RUNNING');
    if (program.fails) move(world.between(3000, 20_000), 'RUNNING', 'FAILED');
    if (program.finishes) move(world.between(3000, 20_000), 'RUNNING', 'FINISHED');
    if (program.restarts) restartAgain(id, job);
    return { kind: 'accepted' };
  };

  /** Its tasks fail from time to time, and Flink brings them back. */
  const restartAgain = (id: string, job: SimulatedJob): void =>
    world.after(world.between(2000, 30_000), () => {
      if (!isAlive(job.word)) return;
      if (job.word === 'RUNNING') {
        job.word = 'RESTARTING';
        job.restarts++;
        restarted.set(id, (restarted.get(id) ?? 0) + 1);
        world.after(world.between(50, 3000), () => {
          if (job.word !== 'RESTARTING') return;
          job.word = 'RUNNING';
          state.restore(id, job);
        });
      }
      restartAgain(id, job);
    });

  const cluster: Cluster = {
    view: async () => {
      const began = world.now();
      return read(() => ({
        endpoint: 'GET http://simulated/jobs/overview',
        fingerprint: `jm-${incarnation}`,
        highAvailability,
        ageMs: () => world.now() - began,
        jobs: new Map(
          visible()
            .filter(() => !rough || !world.chance(0.05))
            .map(([id, job]) => [id, listed(id, job)]),
        ),
      }));
    },
    find: (id) =>
      read(() => {
        const job = jobs.get(id);
        return job === undefined || world.now() < job.hiddenUntil ? undefined : listed(id, job);
      }),
    application: (id) =>
      read(() => {
        const status = applications.get(id);
        if (status === undefined) return { kind: 'unknown' };
        return status === 'running' ? { kind: 'running' } : { kind: 'ended', endpoint: 'GET http://simulated/applications', status };
      }),
    rootCause: () => read(() => (world.chance(0.3) ? undefined : 'told to fail')),
    metrics: (id) =>
      read(() => {
        const job = jobs.get(id);
        if (job === undefined || world.chance(0.3)) return {};
        return { restarts: job.restarts, checkpoints: { completed: job.knownCheckpoints, failed: 0 } };
      }),
    upload: (artifact) => read(() => artifact.sha256),
    submissionSlot: () => () => undefined,
    fingerprint: () => read(() => `jm-${incarnation}`),
    async submit(job) {
      if (world.now() < downUntil) return { kind: 'notSubmitted', message: 'refused' };
      const id = flinkJobId(job);
      if (world.now() - job.modifiedAt.getTime() > LATE_MS) sentLate.add(id);
      // Held on the way: the client gives up, and the request arrives all the same, well within the window.
      const heldMs = rough && world.chance(0.2) ? world.between(500, 15_000) : world.between(1, 30);
      const lost = rough && world.chance(0.05);
      const born = incarnation;
      const answer = world
        .sleep(heldMs)
        .then((): Promise<SubmitAnswer> | SubmitAnswer =>
          lost || born !== incarnation ? { kind: 'inDoubt', message: 'reset' } : arrive(id, programOf(job), job.spec.savepointLocation),
        );
      // An application is answered at once, while main() runs in the background.
      if (offersApplications && heldMs < SUBMIT_LIMIT_MS && !lost) return { kind: 'pending' };
      return Promise.race([answer, timedOut()]);
    },
    cancel: (id) =>
      read(() => {
        touchedForeign ||= id === FOREIGN;
        const job = jobs.get(id);
        if (job !== undefined && world.now() >= job.hiddenUntil && isAlive(job.word)) {
          job.word = 'CANCELLING';
          world.after(world.between(10, 500), () => {
            if (job.word === 'CANCELLING') job.word = 'CANCELED';
            changes++;
          });
        }
      }),
    cancelApplication: (id) =>
      read(() => {
        if (applications.get(id) === 'running') applications.set(id, 'CANCELED');
      }),
    savepoint: (id, request) =>
      read(() => {
        const job = jobs.get(id);
        const isThere = job !== undefined && world.now() >= job.hiddenUntil;
        state.trigger(id, isThere ? job : undefined, request, () => job !== undefined && jobs.get(id) === job);
      }),
    savepointOperation: (_id, triggerId) => read(() => state.operation(triggerId)),
    statePaths: (id) =>
      read(() => {
        const job = jobs.get(id);
        if (job === undefined || world.now() < job.hiddenUntil) return undefined;
        const savepoint = state.latestSavepoint(id);
        const newest = storage.newest(`file:/checkpoints/${id}`)?.location;
        // A JobManager that took the job over knows none from before it.
        const checkpoint = newest === undefined || job.knownCheckpoints === 0 ? {} : { checkpoint: newest };
        return { ...(savepoint === undefined ? {} : { savepoint }), ...checkpoint };
      }),
    savepointDirectory: () => read(() => 'file:/savepoints'),
    checkpointDirectory: () => read(() => 'file:/checkpoints'),
    disposeSavepoint: (location) => read(() => storage.remove(location)),
  };
  const timedOut = async (): Promise<SubmitAnswer> => {
    await world.sleep(SUBMIT_LIMIT_MS);
    return { kind: 'inDoubt', message: 'no answer in time' };
  };

  return {
    cluster,
    receive: (job) => arrive(flinkJobId(job), { ...programOf(job), mainMs: 0, refused: false }, job.spec.savepointLocation),
    starts,
    restartsOf: (id) => restarted.get(id) ?? 0,
    byHand,
    sentLate,
    runByHand(ids) {
      const forgotten = ids.filter((id) => !known(id));
      if (forgotten.length === 0) return;
      const id = world.pick(forgotten);
      world.note(`somebody runs ${id.slice(-4)} by hand`);
      jobs.set(id, newJob('RUNNING', 0));
      byHand.set(id, world.now());
      changes++;
    },
    get touchedForeign() {
      return touchedForeign;
    },
    changes: () => changes,
    aliveIds: () => [...jobs].filter(([id, { word }]) => id !== FOREIGN && isAlive(word)).map(([id]) => id),
    restart() {
      world.note('the JobManager is replaced');
      incarnation++;
      downUntil = world.now() + world.between(100, 4000);
      if (highAvailability) {
        const hiddenUntil = downUntil + world.between(0, 20_000);
        for (const [id, job] of jobs) {
          job.hiddenUntil = hiddenUntil;
          if (!isAlive(job.word)) continue;
          job.since = hiddenUntil;
          state.restore(id, job, true);
          job.restarts = 0;
          restarted.set(id, (restarted.get(id) ?? 0) + 1);
        }
      } else {
        jobs = new Map([[FOREIGN, foreign()]]);
      }
      applications = new Map();
      state.forget();
      changes++;
    },
    outage(ms) {
      world.note(`outage of ${ms} ms`);
      downUntil = Math.max(downUntil, world.now() + ms);
    },
    calm() {
      rough = false;
    },
  };
}
