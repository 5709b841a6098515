import type { SimulatedCluster } from './cluster.ts';
import { runMain, type MainOutcome, type RunBody } from './main-method.ts';
import { isSnapshot } from './snapshot-files.ts';
import { takeCheckpoint } from './snapshots.ts';
import { fail, failToInitialize, finish, type JobManager, type SimulatedApplication } from './job-manager.ts';
import { json, texts, trace, type Answer } from './texts.ts';

const ENTRY_CLASS = 'flinkkit.CountingJob';

/** `POST /jars/:id/run`: answered when main() is over, so it also ends when the client has long gone. */
export async function run(cluster: SimulatedCluster, jarId: string, text: string): Promise<Answer> {
  const body = checked(cluster, jarId, text, 'JarRunRequestBody');
  if ('status' in body) return body;
  const { manager, version } = cluster;
  const id = idOf(body.jobId);
  const outcome = await runMain(body, cluster.held, new AbortController().signal);
  if (outcome.kind === 'threw') return texts.mainThrew(outcome.chain);
  if (outcome.kind === 'noJob') return texts.noJobs;
  if (manager.jobs.has(id) || manager.applications.has(id)) return texts.duplicateRun(version);
  addApplication(manager, id).status = 'RUNNING';
  startJob(cluster, manager, id, body, outcome);
  if (body.savepointPath !== undefined && !isSnapshot(body.savepointPath)) return texts.notInitialized(body.savepointPath);
  return json(200, { jobid: id, ...(version.startsWith('1.') ? {} : { applicationId: id }) });
}

/** `POST /jars/:id/run-application` (2.3): 202 at once; main() goes on by itself and is told of in the application. */
export function runApplication(cluster: SimulatedCluster, jarId: string, text: string): Answer {
  const body = checked(cluster, jarId, text, 'JarRunApplicationRequestBody');
  if ('status' in body) return body;
  const { manager } = cluster;
  const id = idOf(body.applicationId);
  if (manager.applications.has(id)) return texts.duplicateApplication;
  const application = addApplication(manager, id);
  application.status = 'RUNNING';
  void runMain(body, cluster.held, application.interrupt.signal).then(
    (outcome) => endMain(cluster, manager, application, body, outcome),
    () => undefined,
  );
  return json(202, { applicationid: id });
}

function endMain(
  cluster: SimulatedCluster,
  manager: JobManager,
  application: SimulatedApplication,
  body: RunBody,
  outcome: MainOutcome,
): void {
  if (outcome.kind === 'noJob') application.status = 'FINISHED';
  if (outcome.kind === 'threw') {
    application.status = 'FAILED';
    const head = 'org.apache.flink.client.deployment.application.ApplicationExecutionException: Could not execute application.';
    application.exceptions.unshift(trace(head, ...outcome.chain));
  }
  if (outcome.kind === 'submits') startJob(cluster, manager, idOf(body.jobId), body, outcome);
}

function startJob(
  cluster: SimulatedCluster,
  manager: JobManager,
  id: string,
  body: RunBody,
  { state }: MainOutcome & { kind: 'submits' },
): void {
  const tasks = body.parallelism ?? 1;
  const configuration = body.flinkConfiguration ?? {};
  const job = manager.addJob(id, 'RUNNING', tasks > cluster.slots ? { scheduled: tasks } : { running: tasks });
  job.name = configuration['pipeline.name'] ?? job.name;
  job.args = body.programArgsList ?? [];
  job.retainsCheckpoints = (configuration['execution.checkpointing.externalized-checkpoint-retention'] ?? RETAIN) === RETAIN;
  if (body.savepointPath !== undefined) {
    if (!isSnapshot(body.savepointPath)) {
      failToInitialize(job, body.savepointPath);
      return;
    }
    job.restored = body.savepointPath;
  }
  if (configuration['execution.checkpointing.interval'] !== undefined) takeCheckpoint(cluster, job);
  if (state === 'FAILED') fail(job);
  else if (state === 'FINISHED') finish(job);
}

const RETAIN = 'RETAIN_ON_CANCELLATION';

/** What is refused before main() runs, in the order in which Flink looks. */
function checked(cluster: SimulatedCluster, jarId: string, text: string, request: string): RunBody | Answer {
  let body: RunBody;
  try {
    body = JSON.parse(text) as RunBody;
  } catch {
    return texts.format(request, 'Unexpected character');
  }
  for (const [name, id] of [
    ['JobID', body.jobId],
    ['ApplicationID', body.applicationId],
  ] as const) {
    if (id !== undefined && !/^[0-9a-fA-F]{32}$/.test(id)) {
      return texts.format(
        request,
        `Cannot parse ${name} from "${id}". The expected format is [0-9a-fA-F]{32}, e.g. fd72014d4c864993a2e5a9287b4a9c5d.`,
      );
    }
  }
  if (body.parallelism !== undefined && !Number.isInteger(body.parallelism))
    return texts.format(request, 'not a valid `java.lang.Integer` value');
  if (!cluster.jars.has(jarId)) return texts.jarMissing(jarId);
  const entryClass = body.entryClass ?? ENTRY_CLASS;
  if (entryClass !== ENTRY_CLASS) return texts.classMissing(entryClass);
  const parallelism = body.flinkConfiguration?.['parallelism.default'] ?? '1';
  if (!/^\d+$/.test(parallelism)) return texts.badDefault('parallelism.default', parallelism);
  return body;
}

function addApplication(manager: JobManager, id: string): SimulatedApplication {
  const application = { id, status: 'CREATED', exceptions: [], cancelingForMs: 0, interrupt: new AbortController() };
  manager.applications.set(id, application);
  return application;
}

let made = 0;
/** Flink makes an id where none is given, and lowers the one that is. */
const idOf = (id: string | undefined): string => id?.toLowerCase() ?? (++made).toString(16).padStart(32, '0');
