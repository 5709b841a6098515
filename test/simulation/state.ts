import type { SavepointOperation } from '../../src/domain/savepoint-sight.ts';
import type { SavepointRequest } from '../../src/ports/targets.ts';
import type { Storage } from './storage.ts';
import type { World } from './world.ts';

/** For how long Flink remembers an operation after its end; scaled down. */
const REMEMBERED_MS = 20_000;

/** What of a simulated job the state of it depends on. */
export interface Stateful {
  word: string;
  /** How far it had come when it began to run, and when that was. */
  position: number;
  runsSince: number;
  checkpoints: number;
  /** Those of them that this JobManager knows. */
  knownCheckpoints: number;
}

export interface SimulatedState {
  /** Lets a job write checkpoints from time to time. */
  checkpointAgain(id: string, job: Stateful, lives: () => boolean): void;
  trigger(id: string, job: Stateful | undefined, request: SavepointRequest, lives: () => boolean): void;
  operation(triggerId: string): SavepointOperation;
  latestSavepoint(id: string): string | undefined;
  /** Its last checkpoint, as a JobManager that takes it over restores it. */
  restore(id: string, job: Stateful, isNewJobManager?: boolean): void;
  /** A job that came to its end keeps no checkpoint. */
  discard(id: string): void;
  /** A new JobManager knows no operation, and finishes none. */
  forget(): void;
}

const checkpoints = (id: string): string => `file:/checkpoints/${id}`;

/** Checkpoints and savepoints of one cluster's jobs, with the habits of the real ones. */
export function simulatedState(world: World, storage: Storage, finished: (job: Stateful) => void, rough: () => boolean): SimulatedState {
  let operations = new Map<string, SavepointOperation>();
  const write = (location: string, flinkJobId: string, job: Stateful, isRequired: boolean): void =>
    storage.write({ location, flinkJobId, position: job.position + (world.now() - job.runsSince), isRequired });

  return {
    checkpointAgain(id, job, lives) {
      const turn = (): void => {
        if (!lives()) return;
        if (job.word === 'RUNNING') {
          job.knownCheckpoints++;
          write(`${checkpoints(id)}/chk-${++job.checkpoints}`, id, job, true);
        }
        world.after(world.between(500, 4000), turn);
      };
      world.after(world.between(500, 4000), turn);
    },
    trigger(id, job, { triggerId, directory, stop }, lives) {
      if (operations.has(triggerId)) return;
      const mine = operations;
      const end = (operation: SavepointOperation): void => {
        mine.set(triggerId, operation);
        world.after(REMEMBERED_MS, () => void mine.delete(triggerId));
      };
      const fails = (message: string): void => end({ kind: 'failed', endpoint: 'GET http://simulated/savepoints', message });
      if (job?.word !== 'RUNNING') {
        fails('Not all required tasks are currently running.');
        return;
      }
      mine.set(triggerId, { kind: 'inProgress' });
      const { runsSince } = job;
      world.after(world.between(20, 3000), () => {
        if (mine !== operations) return;
        if (!lives() || job.word !== 'RUNNING' || job.runsSince !== runsSince || (rough() && world.chance(0.1))) {
          fails('Task has failed.');
          return;
        }
        const location = `${directory}/savepoint-${world.between(0, 1e6)}`;
        write(location, id, job, stop);
        world.note(`flink wrote ${location}`);
        if (stop) finished(job);
        // A stop ends as FINISHED before its operation says so.
        world.after(world.between(0, 200), () => {
          if (mine === operations) end({ kind: 'completed', endpoint: 'GET http://simulated/savepoints', location, jobFailed: false });
        });
      });
    },
    operation: (triggerId) => operations.get(triggerId) ?? { kind: 'unknown' },
    latestSavepoint: (id) =>
      storage
        .all()
        .filter(({ flinkJobId, location }) => flinkJobId === id && location.startsWith('file:/savepoints/'))
        .at(-1)?.location,
    restore(id, job, isNewJobManager = false) {
      job.position = storage.newest(checkpoints(id))?.position ?? job.position;
      job.runsSince = world.now();
      if (isNewJobManager) job.knownCheckpoints = 0;
    },
    discard(id) {
      for (const { location } of storage.all()) if (location.startsWith(`${checkpoints(id)}/`)) storage.remove(location);
    },
    forget() {
      operations = new Map();
    },
  };
}
