import { Type, type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { JobMetrics, ListedJob } from '../ports/targets.ts';
import { listedJob } from './listed-job.ts';

/*
 * The shapes of Flink's answers, as far as they are used (measured on 2.3.0 and 1.20.0). Fields that are not named here are ignored.
 * Answers are untrusted: whatever is not of its shape is `undefined` here, and `clusterAnsweredOddly` to the caller.
 */

/** Turns the text of an answer into its value; undefined when it is not JSON or not of the shape. */
export type Reader<T> = (text: string) => T | undefined;

const JobEntry = Type.Object({
  jid: Type.String({ pattern: '^[0-9a-fA-F]{32}$' }),
  state: Type.String(),
  'start-time': Type.Number(),
  'last-modification': Type.Optional(Type.Number()),
  tasks: Type.Record(Type.String(), Type.Number()),
});

/** `GET /jobs/overview`: the jobs by id. Fresh, and lists ended ones too. */
export const readOverview: Reader<ReadonlyMap<string, ListedJob>> = read(Type.Object({ jobs: Type.Array(JobEntry) }), ({ jobs }) => {
  const listed = jobs.map((job) => listedJob(job.jid, job.state, job['start-time'], job.tasks, job['last-modification']));
  return new Map(listed.map((job) => [job.id, job]));
});

const { tasks, ...jobFields } = JobEntry.properties;
const Details = Type.Object({ ...jobFields, vertices: Type.Array(Type.Object({ tasks })) });

/** `GET /jobs/:id`: a cache, up to `web.refresh-interval` (3 s) old. Counts tasks per vertex, in upper case (its `status-counts` are vertices). */
export const readDetails: Reader<ListedJob> = read(Details, (job) => {
  const counts: Record<string, number> = { total: 0 };
  for (const [state, n] of job.vertices.flatMap(({ tasks }) => Object.entries(tasks))) {
    counts[state.toLowerCase()] = (counts[state.toLowerCase()] ?? 0) + n;
    counts['total'] = (counts['total'] ?? 0) + n;
  }
  return listedJob(job.jid, job.state, job['start-time'], counts);
});

/** `GET /jobs/:id/status`. */
export const readStatus: Reader<string> = read(Type.Object({ status: Type.String() }), ({ status }) => status);

const Exceptions = Type.Object({
  exceptionHistory: Type.Optional(Type.Object({ entries: Type.Array(Type.Object({ stacktrace: Type.String() })) })),
  'root-exception': Type.Optional(Type.Union([Type.String(), Type.Null()])),
});

/** `GET /jobs/:id/exceptions` and `/applications/:id/exceptions`: stack traces, newest first. 1.20 has `root-exception` besides. */
export const readExceptions: Reader<readonly string[]> = read(Exceptions, (found) => {
  const entries = found.exceptionHistory?.entries.map(({ stacktrace }) => stacktrace) ?? [];
  const root = found['root-exception'];
  return entries.length > 0 || root === undefined || root === null ? entries : [root];
});

const Metrics = Type.Array(Type.Object({ id: Type.String(), value: Type.Optional(Type.String()) }));

/** More of anything is no count, and would stand for ever. */
const MOST_COUNTED = 4_294_967_295;

/** What `readMetrics` understands. */
export const METRICS = ['numRestarts', 'numberOfCompletedCheckpoints', 'numberOfFailedCheckpoints', 'lastCheckpointExternalPath'] as const;

/** `GET /jobs/:id/metrics?get=…`: `[]` (also for unknown jobs, and at the first call after a while) is nothing, which is not zero. */
export const readMetrics: Reader<JobMetrics> = read(Metrics, (metrics) => {
  const textOf = (id: (typeof METRICS)[number]): string | undefined => metrics.find((metric) => metric.id === id)?.value;
  const countOf = (id: (typeof METRICS)[number]): number | undefined => {
    const value = Number(textOf(id) ?? Number.NaN);
    return Number.isInteger(value) && value >= 0 && value <= MOST_COUNTED ? value : undefined;
  };
  const restarts = countOf('numRestarts');
  const completed = countOf('numberOfCompletedCheckpoints');
  const path = textOf('lastCheckpointExternalPath');
  const isPath = path !== undefined && /^[a-z][a-z0-9+.-]*:/i.test(path);
  return {
    ...(restarts === undefined ? {} : { restarts }),
    ...(completed === undefined
      ? {}
      : { checkpoints: { completed, failed: countOf('numberOfFailedCheckpoints') ?? 0, ...(isPath ? { lastPath: path } : {}) } }),
  };
});

/** `GET /config`. */
export const readVersion: Reader<string> = read(Type.Object({ 'flink-version': Type.String() }), (config) => config['flink-version']);

export interface JobManager {
  /** Names one incarnation of the process. */
  readonly fingerprint: string;
  readonly highAvailability: boolean;
}

const Settings = Type.Array(Type.Object({ key: Type.String(), value: Type.String() }));

/** `GET /jobmanager/config`. */
export const readSettings: Reader<ReadonlyMap<string, string>> = read(
  Settings,
  (settings) => new Map(settings.map(({ key, value }) => [key, value])),
);

/**
 * The same: `web.tmpdir` ends in a UUID that is new at every start of the process, also with a configured folder, which is then its prefix.
 * 1.x still honours `high-availability` as the older name of `high-availability.type`.
 */
export const readJobManager: Reader<JobManager> = (text) => {
  const settings = readSettings(text);
  const fingerprint = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/*$/i.exec(settings?.get('web.tmpdir') ?? '')?.[1];
  if (fingerprint === undefined) return undefined;
  const kind = settings?.get('high-availability.type') ?? settings?.get('high-availability') ?? '';
  return { fingerprint, highAvailability: !['', 'NONE'].includes(kind.toUpperCase()) };
};

const Jars = Type.Object({ files: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), uploaded: Type.Number() })) });
export type UploadedJar = Static<typeof Jars>['files'][number];

/** `GET /jars`. */
export const readJars: Reader<readonly UploadedJar[]> = read(Jars, ({ files }) => files);

/** `POST /jars/upload`: the id is the last part of the path. */
export const readUploaded: Reader<string> = read(Type.Object({ filename: Type.String() }), ({ filename }) =>
  filename.split(/[/\\]/).at(-1),
);

export interface Application {
  readonly status: string;
  /** How long it has been CANCELING, by Flink's clock; 0 when it never was. */
  readonly cancelingForMs: number;
}

const ApplicationDetails = Type.Object({
  status: Type.String(),
  'start-time': Type.Number(),
  duration: Type.Number(),
  timestamps: Type.Record(Type.String(), Type.Number()),
});

/** `GET /applications/:id`. The duration of one that has not ended goes up to now. */
export const readApplication: Reader<Application> = read(ApplicationDetails, ({ status, duration, timestamps, ...application }) => {
  const since = timestamps['CANCELING'] ?? 0;
  return { status, cancelingForMs: since === 0 ? 0 : application['start-time'] + duration - since };
});

/** `{"jobid"}` of a run, `{"applicationid"}` of a run-application: the id that Flink gave. */
export const readSubmitted: Reader<string> = read(
  Type.Object({ jobid: Type.Optional(Type.String()), applicationid: Type.Optional(Type.String()) }),
  ({ jobid, applicationid }) => (jobid ?? applicationid)?.toLowerCase(),
);

/** `{"errors":[…]}` with one text, or two for an unforeseen 500; joined. */
export const readErrors: Reader<string> = read(Type.Object({ errors: Type.Array(Type.String()) }), ({ errors }) => errors.join('\n'));

/** `{}`: done, or begun. */
export const readNothing: Reader<true> = read(Type.Object({}), () => true);

/** A reader of one shape. */
export function read<Shape extends TSchema, T>(shape: Shape, convert: (value: Static<Shape>) => T | undefined): Reader<T> {
  const validator = Compile(shape);
  return (text) => {
    const value = parsed(text);
    return validator.Check(value) ? convert(value) : undefined;
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
