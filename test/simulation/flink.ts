import type { FlinkWord, Job } from '../../src/domain/job.ts';
import { flinkJobId, isAlive } from '../../src/domain/job.ts';
import { DreyError } from '../../src/domain/errors.ts';
import type { Cluster, ListedJob, SubmitAnswer } from '../../src/ports.ts';
import type { World } from './world.ts';

/** What main() and the tasks of a job do. */
export interface Program {
  readonly mainMs: number;
  readonly refused: boolean;
  readonly fails: boolean;
  readonly finishes: boolean;
}

interface SimulatedJob {
  word: FlinkWord;
  /** Until then a new JobManager has not recovered it yet. */
  hiddenUntil: number;
  readonly since: number;
}

export interface SimulatedFlink {
  readonly cluster: Cluster;
  /** How often each id was started, over all incarnations. */
  readonly starts: ReadonlyMap<string, number>;
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

/** A session cluster with the habits of the real one: submissions that arrive late, ids refused twice, a JobManager that forgets. */
export function simulatedFlink(
  world: World,
  offersApplications: boolean,
  highAvailability: boolean,
  programOf: (job: Job) => Program,
): SimulatedFlink {
  let incarnation = 1;
  let jobs = new Map<string, SimulatedJob>();
  let applications = new Map<string, 'running' | 'FAILED' | 'FINISHED' | 'CANCELED'>();
  let downUntil = 0;
  let rough = true;
  let changes = 0;
  const starts = new Map<string, number>();

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
  const arrive = async (id: string, program: Program): Promise<SubmitAnswer> => {
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
    const job: SimulatedJob = { word: 'INITIALIZING', hiddenUntil: 0, since: world.now() };
    mine.set(id, job);
    if (offersApplications) applications.set(id, 'FINISHED');
    changes++;
    const move = (ms: number, from: FlinkWord, to: FlinkWord): void =>
      world.after(ms, () => {
        if (job.word !== from) return;
        job.word = to;
        changes++;
      });
    move(world.between(10, 2000), 'INITIALIZING', 'RUNNING');
    if (program.fails) move(world.between(3000, 20_000), 'RUNNING', 'FAILED');
    if (program.finishes) move(world.between(3000, 20_000), 'RUNNING', 'FINISHED');
    return { kind: 'accepted' };
  };

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
            .filter(() => !rough || !world.chance(0.02))
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
    rootCause: () => read(() => 'told to fail'),
    metrics: () => read(() => ({ restarts: 0 })),
    upload: (artifact) => read(() => artifact.sha256),
    submissionSlot: () => () => undefined,
    fingerprint: () => read(() => `jm-${incarnation}`),
    async submit(job) {
      if (world.now() < downUntil) return { kind: 'notSubmitted', message: 'refused' };
      const id = flinkJobId(job);
      // Held on the way: the client gives up, and the request arrives all the same, well within the window.
      const heldMs = rough && world.chance(0.2) ? world.between(500, 15_000) : world.between(1, 30);
      const lost = rough && world.chance(0.05);
      const born = incarnation;
      const answer = world
        .sleep(heldMs)
        .then((): Promise<SubmitAnswer> | SubmitAnswer =>
          lost || born !== incarnation ? { kind: 'inDoubt', message: 'reset' } : arrive(id, programOf(job)),
        );
      // An application is answered at once, while main() runs in the background.
      if (offersApplications && heldMs < SUBMIT_LIMIT_MS && !lost) return { kind: 'pending' };
      return Promise.race([answer, timedOut()]);
    },
    cancel: (id) =>
      read(() => {
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
  };
  const timedOut = async (): Promise<SubmitAnswer> => {
    await world.sleep(SUBMIT_LIMIT_MS);
    return { kind: 'inDoubt', message: 'no answer in time' };
  };

  return {
    cluster,
    starts,
    changes: () => changes,
    aliveIds: () => [...jobs].filter(([, { word }]) => isAlive(word)).map(([id]) => id),
    restart() {
      world.note('the JobManager is replaced');
      incarnation++;
      downUntil = world.now() + world.between(100, 4000);
      if (highAvailability) {
        const hiddenUntil = downUntil + world.between(0, 20_000);
        for (const job of jobs.values()) job.hiddenUntil = hiddenUntil;
      } else {
        jobs = new Map();
      }
      applications = new Map();
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
