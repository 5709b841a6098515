/** What Flink says when something is wrong, as measured on 2.3.0 and 1.20.0. Stack frames are cut down to one. */

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

export const json = (status: number, value: unknown): Answer => ({ status, body: JSON.stringify(value) });

const FRAME = '\n\tat org.apache.flink.simulated.Frame.call(Frame.java:1)';

/** A stack trace; each further line is a cause of the one before. */
export const trace = (...chain: string[]): string => chain.map((line) => line + FRAME).join('\nCaused by: ') + '\n';

const errors = (status: number, ...texts: string[]): Answer => json(status, { errors: texts });

/** Errors that a handler foresees. */
const refused = (status: number, message: string, ...causes: string[]): Answer =>
  errors(status, trace(`org.apache.flink.runtime.rest.handler.RestHandlerException: ${message}`, ...causes));

/** Errors that no handler foresees. */
const internal = (...chain: string[]): Answer =>
  errors(500, 'Internal server error.', `<Exception on server side:\n${trace(...chain)}\nEnd of exception on server side>`);

const runFailed = (...causes: string[]): Answer =>
  refused(
    400,
    'Could not execute application.',
    'java.util.concurrent.CompletionException: org.apache.flink.util.FlinkRuntimeException: Could not execute application.',
    'org.apache.flink.util.FlinkRuntimeException: Could not execute application.',
    ...causes,
  );

export const PROGRAM = 'org.apache.flink.client.program.ProgramInvocationException';
const DUPLICATE_JOB = 'org.apache.flink.runtime.client.DuplicateJobSubmissionException: Job has already been submitted.';
const DUPLICATE_APPLICATION =
  'org.apache.flink.runtime.client.DuplicateApplicationSubmissionException: Application has already been submitted.';
const NOT_EXECUTED = [
  `${PROGRAM}: The main method caused an error: Failed to execute job 'Flink Streaming Job'.`,
  "org.apache.flink.util.FlinkException: Failed to execute job 'Flink Streaming Job'.",
];

const noJob = (id: string): string => `org.apache.flink.runtime.messages.FlinkJobNotFoundException: Could not find Flink job (${id})`;
const noApplication = (id: string): string =>
  `org.apache.flink.runtime.messages.FlinkApplicationNotFoundException: Could not find Flink application (${id})`;
const checkpointException = (message: string): string => `org.apache.flink.runtime.checkpoint.CheckpointException: ${message}`;
const SCHEME = 'org.apache.flink.core.fs.UnsupportedFileSystemSchemeException: ';
const missingJar = (id: string): string =>
  `org.apache.flink.runtime.rest.handler.RestHandlerException: Jar file /upload/flink-web-upload/${id} does not exist`;
const missingClass = (name: string): string => `${PROGRAM}: The program's entry point class '${name}' was not found in the jar file.`;

/** The chain below "could not start", for a run and for the job's own exceptions. */
export const savepointMissing = (path: string): string[] => [
  'org.apache.flink.runtime.client.JobInitializationException: Could not start the JobMaster.',
  `java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '${path}' on file system 'file'.`,
];

const noScheme = (scheme: string): string[] => [
  `${SCHEME}Could not find a file system implementation for scheme '${scheme}'. The scheme is not directly supported by Flink.`,
  `${SCHEME}Hadoop is not in the classpath/dependencies.`,
];
/** In the background, so that the first exception is told twice. */
const background = (first: string, ...causes: string[]): string[] => [
  `java.util.concurrent.CompletionException: ${first}`,
  first,
  ...causes,
];
const noDisposal = (path: string, ...causes: string[]): string[] => [
  `org.apache.flink.util.FlinkException: Could not dispose savepoint ${path}.`,
  ...causes,
];

/** Why operations fail: chains of exceptions. */
export const causes = {
  noJob: (id: string) => background(noJob(id)),
  notReady: background(
    checkpointException(
      'Checkpoint triggering task Source: numbers (1/1) of job is not being executed at the moment. Aborting checkpoint. Failure reason: Not all required tasks are currently running.',
    ),
  ),
  notWritable: (directory: string) =>
    background(
      checkpointException('An Exception occurred while triggering the checkpoint. IO-problem detected.'),
      `java.io.IOException: Failed to create savepoint directory at ${directory}`,
    ),
  noFileSystem: (scheme: string) =>
    background(checkpointException('An Exception occurred while triggering the checkpoint. IO-problem detected.'), ...noScheme(scheme)),
  taskFailed: background(checkpointException('Task has failed.')),
  snapshotThrew: background(
    checkpointException('Task has failed.'),
    'java.lang.IllegalStateException: java.lang.IllegalStateException: told to fail in snapshots',
  ),
  failedAfterwards: (path: string, id: string) =>
    background(
      `org.apache.flink.runtime.scheduler.stopwithsavepoint.StopWithSavepointStoppingException: A savepoint has been created at: ${path}, but the corresponding job ${id} failed during stopping. The savepoint is consistent, but might have uncommitted transactions. If you want to commit the transaction please restart a job from this savepoint.`,
    ),
  nothingToDispose: (path: string) =>
    noDisposal(path, `java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '${path}' on file system 'file'.`),
  noFileSystemToDispose: (path: string, scheme: string) =>
    noDisposal(path, `java.io.IOException: Cannot access file system for checkpoint/savepoint path '${path}'.`, ...noScheme(scheme)),
};

export const texts = {
  unknownJob: (id: string) => errors(404, trace(`org.apache.flink.runtime.rest.NotFoundException: Job ${id} not found`, noJob(id))),
  unknownJobStatus: (id: string) => internal(noJob(id)),
  unknownJobCancel: (id: string) => refused(404, 'Job could not be found.', noJob(id)),
  endedJobCancel: (state: string) =>
    refused(409, `Job cancellation failed because the job has already reached another terminal state (${state}).`),
  unknownApplication: (id: string) => internal(noApplication(id)),
  unknownApplicationCancel: (id: string) => refused(404, 'Application could not be found.', noApplication(id)),
  unknownSavepoint: (triggerId: string, id: string) =>
    refused(404, `There is no savepoint operation with triggerId=${triggerId} for job ${id}.`),
  unknownDisposal: (id: string) =>
    errors(
      404,
      trace(
        `org.apache.flink.runtime.rest.NotFoundException: Operation not found under key: org.apache.flink.runtime.rest.handler.async.OperationKey@${id.slice(0, 8)}`,
      ),
    ),
  unknownGet: (path: string) => errors(404, `Unable to load requested file ${path}.`),
  unknownPost: (path: string) => errors(404, `Not found: ${path}`),
  format: (request: string, detail: string) =>
    refused(
      400,
      `Request did not match expected format ${request}.`,
      `org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonMappingException: ${detail}`,
    ),
  jarMissing: (id: string) => internal(`java.util.concurrent.CompletionException: ${missingJar(id)}`, missingJar(id)),
  classMissing: (name: string) =>
    internal(
      `java.util.concurrent.CompletionException: ${missingClass(name)}`,
      missingClass(name),
      `java.lang.ClassNotFoundException: ${name}`,
    ),
  badDefault: (key: string, value: string) =>
    internal(
      `java.lang.IllegalArgumentException: Could not parse value '${value}' for key '${key}'.`,
      `java.lang.NumberFormatException: For input string: "${value}"`,
    ),
  mainThrew: (chain: readonly string[]) => runFailed(...chain),
  noJobs: refused(400, 'No jobs included in application.'),
  notInitialized: (path: string) => runFailed(...NOT_EXECUTED, ...savepointMissing(path)),
  duplicateRun: (version: string) => runFailed(...NOT_EXECUTED, version.startsWith('1.') ? DUPLICATE_JOB : DUPLICATE_APPLICATION),
  duplicateApplication: refused(
    400,
    'Could not submit application.',
    `java.util.concurrent.CompletionException: ${DUPLICATE_APPLICATION}`,
    DUPLICATE_APPLICATION,
  ),
  election: errors(503, 'Service temporarily unavailable due to an ongoing leader election. Please refresh.'),
  notAJar: refused(400, 'Only Jar files are allowed.'),
};
