import { randomBytes } from 'node:crypto';
import type { SimulatedCluster } from './cluster.ts';
import { fail, finish, isEnded, type JobManager, type SimulatedJob, type SimulatedOperation } from './job-manager.ts';
import { flinkPath, isSnapshot, removeSnapshot, writeSnapshot } from './snapshot-files.ts';
import { causes, json, texts, trace, type Answer } from './texts.ts';

interface TriggerBody {
  readonly triggerId?: string;
  readonly 'target-directory'?: string;
  readonly targetDirectory?: string;
}

/**
 * A savepoint, or a stop with one. The ids of a job's savepoints and stops are the same: a known one is answered, and begins nothing. Understands
 * CountingJob's `--slow-snapshot-seconds`.
 */
export function triggerSavepoint(cluster: SimulatedCluster, jobId: string, text: string, stop: boolean): Answer {
  const body = JSON.parse(text) as TriggerBody;
  const triggerId = (body.triggerId ?? hex(16)).toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(triggerId))
    return texts.format(stop ? 'StopWithSavepointRequestBody' : 'SavepointTriggerRequestBody', 'not a trigger id');
  const { manager } = cluster;
  const key = `${jobId}/${triggerId}`;
  if (!manager.savepoints.has(key)) {
    const directory = (stop ? body.targetDirectory : body['target-directory']) ?? `file:${cluster.stateFolder}/savepoints`;
    const job = manager.jobs.get(jobId);
    const ended = (outcome: SimulatedOperation): void => void manager.savepoints.set(key, outcome);
    if (job === undefined || isEnded(job.state)) ended(failed(causes.noJob(jobId)));
    else if (!isReady(job)) ended(failed(causes.notReady));
    else {
      const end = (): void => ended(makeSavepoint(job, directory, stop));
      ended({ kind: 'inProgress', end });
      const slow = job.args.indexOf('--slow-snapshot-seconds');
      if (slow >= 0) setTimeout(end, Number(job.args[slow + 1]) * 1000).unref();
      else if (!cluster.holdsSavepoints) end();
    }
  }
  return json(202, { 'request-id': triggerId });
}

/** Understands CountingJob's `--fail-snapshot` and, where the job stops, `--fail-completed-snapshot`. */
function makeSavepoint(job: SimulatedJob, directory: string, stop: boolean): SimulatedOperation {
  if (isEnded(job.state)) return failed(causes.taskFailed);
  if (job.args.includes('--fail-snapshot')) {
    fail(job, 'java.lang.IllegalStateException: told to fail in snapshots');
    return failed(causes.snapshotThrew);
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(directory)?.[1] ?? 'file';
  if (scheme !== 'file') return failed(causes.noFileSystem(scheme));
  const path = `${flinkPath(directory)}/savepoint-${job.id.slice(0, 6)}-${hex(6)}`;
  if (!writeSnapshot(path)) return failed(causes.notWritable(flinkPath(directory)));
  job.snapshots++;
  job.savepoint = { type: stop ? 'SYNC_SAVEPOINT' : 'SAVEPOINT', path, discarded: false };
  if (!stop) return { kind: 'completed', location: path };
  if (job.args.includes('--fail-completed-snapshot')) {
    fail(job, 'java.lang.IllegalStateException: told to fail after snapshot');
    return failed(causes.failedAfterwards(path, job.id));
  }
  finish(job);
  return { kind: 'completed', location: path };
}

/** The next `chk-N`, in place of the one before. Without a folder for state there are none. */
export function takeCheckpoint({ stateFolder }: SimulatedCluster, job: SimulatedJob): void {
  if (stateFolder === undefined) return;
  if (job.checkpoint !== undefined) removeSnapshot(job.checkpoint.path);
  const path = `file:${stateFolder}/checkpoints/${job.id}/chk-${++job.snapshots}`;
  writeSnapshot(path);
  job.checkpoint = { type: 'CHECKPOINT', path, discarded: false };
}

export const savepointOperation = ({ savepoints }: JobManager, jobId: string, triggerId: string): Answer => {
  const operation = savepoints.get(`${jobId}/${triggerId}`);
  return operation === undefined ? texts.unknownSavepoint(triggerId, jobId) : answered(operation);
};

/** Deletes at once, and tells of it when it is asked. */
export function dispose({ disposals }: JobManager, text: string): Answer {
  const path = (JSON.parse(text) as { 'savepoint-path': string })['savepoint-path'];
  const scheme = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(path)?.[0] ?? 'file';
  const id = hex(16);
  if (scheme !== 'file') disposals.set(id, failed(causes.noFileSystemToDispose(path, scheme)));
  else if (!isSnapshot(path)) disposals.set(id, failed(causes.nothingToDispose(path)));
  else {
    removeSnapshot(path);
    disposals.set(id, { kind: 'completed' });
  }
  return json(200, { 'request-id': id });
}

export const disposal = ({ disposals }: JobManager, id: string): Answer => {
  const operation = disposals.get(id);
  return operation === undefined ? texts.unknownDisposal(id) : answered(operation);
};

/** What `GET /jobs/:id/checkpoints` says, as far as it is used. */
export function checkpoints({ checkpoint, savepoint, restored }: SimulatedJob): object {
  const [completed, latestSavepoint] = [checkpoint, savepoint].map((snapshot) =>
    snapshot === undefined
      ? null
      : { status: 'COMPLETED', checkpoint_type: snapshot.type, external_path: snapshot.path, discarded: snapshot.discarded },
  );
  const latest = {
    completed,
    savepoint: latestSavepoint,
    failed: null,
    restored: restored === undefined ? null : { external_path: restored },
  };
  return { counts: {}, summary: {}, latest, history: [] };
}

function answered(operation: SimulatedOperation): Answer {
  switch (operation.kind) {
    case 'inProgress':
      return json(200, { status: { id: 'IN_PROGRESS' }, operation: null });
    case 'completed':
      return json(200, { status: { id: 'COMPLETED' }, operation: { location: operation.location } });
    case 'failed': {
      const cause = { class: 'java.util.concurrent.CompletionException', 'stack-trace': trace(...operation.chain) };
      return json(200, { status: { id: 'COMPLETED' }, operation: { 'failure-cause': cause } });
    }
  }
}

const failed = (chain: readonly string[]): SimulatedOperation => ({ kind: 'failed', chain });

const isReady = ({ state, tasks }: SimulatedJob): boolean =>
  state === 'RUNNING' && Object.entries(tasks).every(([word, n]) => word === 'running' || word === 'finished' || n === 0);

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
