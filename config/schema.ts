import { Type, type StaticDecode } from 'typebox';
import { parseDuration } from '../src/domain/duration.ts';
import { parseSecretKey } from '../src/domain/secret-key.ts';
import { ruled } from '../src/schema/faults.ts';
import { byteSize, endpointFault, folderFault, hostRuleFault, list, schemeFault } from './artifact-kinds.ts';
import { parseDefaults } from './deployment-defaults.ts';

// Each setting's sentence is its description here and its comment in default.yaml, where its default is. Durations end in `Ms`:
// files and the environment name them without it and write them as text ("5s"), and `Settings` holds milliseconds.

/** Node's timers take no longer delay than 2^31 - 1 ms. */
const LONGEST_WAIT = '24d';
/** Ages are compared, not waited for: ten years. */
const LONGEST_AGE = '3650d';

function thrownBy(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function durationFault(text: string, longest: string): string | undefined {
  const fault = thrownBy(() => parseDuration(text));
  if (fault !== undefined) return fault;
  const ms = parseDuration(text);
  return ms >= 1 && ms <= parseDuration(longest) ? undefined : `must be from 1ms to ${longest}, not "${text}"`;
}

const duration = (description: string, notes: { longest?: string; aliases?: readonly string[] } = {}) => {
  const { longest = LONGEST_WAIT } = notes;
  return Type.Codec(ruled(description, (text) => durationFault(text, longest), { ...notes, longest }))
    .Decode((text) => parseDuration(text))
    .Encode((ms) => `${ms}ms`);
};
const age = (description: string) => duration(description, { longest: LONGEST_AGE });

const secretKeyFault = (text: string): string | undefined =>
  parseSecretKey(text) === undefined ? 'must be 32 bytes as base64 or hex, such as `openssl rand -base64 32` prints' : undefined;

const text = (description: string) => Type.String({ description, minLength: 1 });
const secret = (description: string) => Type.Optional(Type.String({ description, minLength: 1, writeOnly: true }));
const port = (description: string) => Type.Integer({ description, minimum: 0, maximum: 65_535 });
const flag = (description: string) => Type.Boolean({ description });
/** What a header can carry, and too long to be guessed. */
const tokenFault = (text: string): string | undefined =>
  /^[\w.~+/=-]{20,200}$/.test(text) ? undefined : 'must be 20 to 200 of A-Z, a-z, 0-9 and -._~+/=';
const count = (description: string) => Type.Integer({ description, minimum: 1, maximum: 1_000_000 });
/** 0 is a number to keep too; VVP's largest is Java's. */
const kept = (description: string) => Type.Integer({ description, minimum: 0, maximum: 2_147_483_647 });
const socket = (description: string) =>
  Type.Optional(
    ruled(description, (path) => {
      if (path === '') return 'is empty; give it a value or remove the line';
      return Buffer.byteLength(path) > 107 ? 'is too long: the path of a unix socket holds 107 bytes' : undefined;
    }),
  );

const section = <P extends Parameters<typeof Type.Object>[0]>(properties: P) => Type.Object(properties, { additionalProperties: false });

const DreySchema = section({
  api: section({
    host: text('The address on which the API listens.'),
    port: port('The port of the API; 0 takes any free one.'),
  }),
  auth: section({
    enabled: flag('Whether each request has to bring an API token. Without that the API listens on a loopback address only.'),
    bootstrapToken: Type.Optional(
      ruled('The token of the admin, who makes namespaces and their first tokens. Not given: there is no admin.', tokenFault, {
        writeOnly: true,
      }),
    ),
    requestsPerSecond: count("How many requests a second one token may send to a daemon; ten seconds' worth may come at once."),
  }),
  management: section({
    host: text('The address on which /healthz, /readyz and /metrics listen.'),
    port: port('The port of /healthz, /readyz and /metrics; 0 takes any free one.'),
  }),
  mysql: section({
    host: text('The host of MariaDB or MySQL.'),
    port: port('The port of MariaDB or MySQL.'),
    socketPath: socket('The unix socket of MariaDB or MySQL; when given, host and port are not used.'),
    user: text('The account under which the daemon works.'),
    password: secret('The password of that account.'),
    database: text('The name of the database.'),
    poolSize: Type.Integer({ description: 'How many connections the daemon holds at most.', minimum: 2, maximum: 1000 }),
    migrationUser: Type.Optional(text('The account that migrates, where the working one may not change tables; otherwise the same.')),
    migrationPassword: secret('The password of the migrating account.'),
  }),
  redis: section({
    host: text('The host of Redis.'),
    port: port('The port of Redis.'),
    socketPath: socket('The unix socket of Redis; when given, host and port are not used.'),
    password: secret('The password of Redis.'),
    prefix: text('What the name of each Redis key begins with: daemons of one database share it.'),
  }),
  probe: section({
    intervalMs: duration('How often each session cluster is asked for the state of its jobs.'),
    shards: count('Over how many sweeps the targets are spread; the same for all daemons of one database.'),
    restartCountIntervalMs: duration("How often each running job's restart counter is read."),
  }),
  flink: section({
    readTimeoutMs: duration('How long a request that reads from Flink may take.'),
    submitTimeoutMs: duration('How long the answer to a submission is waited for; main() runs meanwhile.'),
    uploadTimeoutMs: duration('How long the upload of a jar may take.'),
    requestsAtOnce: count('How many requests one cluster is sent at the same time.'),
    submissionsAtOnce: count('How many submissions one cluster is sent at the same time.'),
    breaker: section({
      failures: count('After how many failures in a row a cluster is left alone for a while.'),
      firstMs: duration('How long it is left alone at first.'),
      mostMs: duration('How long it is left alone at most.'),
    }),
  }),
  targets: Type.Optional(
    section({
      allowedHosts: Type.Optional(
        list(
          'At which hosts DeploymentTargets may be: "public" for all public addresses, names, "*.domain", addresses, ranges (10.0.0.0/8). Not given: any.',
          hostRuleFault,
        ),
      ),
    }),
  ),
  sql: Type.Optional(
    section({
      planDirectory: Type.Optional(
        ruled(
          'A folder that the daemon and every SQL Gateway see under this path: plans are compiled into it, which tell the names of tables exactly. Not given: EXPLAIN tells them.',
          folderFault,
        ),
      ),
    }),
  ),
  job: section({
    startDeadlineMs: duration('How long a Job may be STARTING before it is FAILED.'),
    submissionWindowMs: duration('How long a submission without an answer may still arrive at Flink.'),
    recoveryGraceMs: duration('How long a new JobManager with high availability may take to recover its jobs.'),
    savepointReadyMs: duration('How long a savepoint waits for all tasks of its job to run.'),
    terminateReportAfterMs: duration('After which time a Job that is still TERMINATING is reported.'),
    failureBackoffFirstMs: duration("The wait after the first failure of a Deployment's Job; it doubles with each further one."),
    failureBackoffMostMs: duration("The longest wait between a Deployment's Jobs."),
  }),
  queue: section({
    lockMs: duration('For how long a worker holds a command before it renews its hold.'),
    stalledCheckMs: duration('How often commands of workers that died are looked for.'),
    concurrency: count('How many commands of one kind run at the same time in a daemon.'),
  }),
  secrets: Type.Optional(
    section({
      key: Type.Optional(
        ruled('The key that SecretValues are encrypted with: 32 bytes as base64 or hex. Not given: none can be kept.', secretKeyFault, {
          writeOnly: true,
        }),
      ),
    }),
  ),
  repair: section({
    intervalMs: duration('How often commands that the queue has lost are put back.'),
  }),
  retention: section({
    maxAgeMs: Type.Optional(age('Final Jobs that ended longer ago are deleted, however few are left. Not given: no age limits them.')),
    eventsMaxAgeMs: Type.Optional(age('Events that are older are deleted, however few are left. Not given: no age limits them.')),
    intervalMs: duration('How often the cleanup runs for what only an age limits.'),
    rememberIdsMs: age('How long the Flink id of a Job is remembered after the Job was deleted.'),
  }),
  artifacts: section({
    directory: text('The folder of the artifact store; daemons of one database share it. Relative to the working directory.'),
    maxSize: byteSize('The largest jar that is uploaded or fetched.'),
    cacheDirectory: text('The folder of the jars that were fetched; of this machine alone. Relative to the working directory.'),
    cacheSize: byteSize('Above this the jars that were not used for longest leave the cache, but none of the last ten minutes.'),
    fetchTimeoutMs: duration('How long fetching a jar by http, https or s3 may take.'),
    allowedSchemes: list('By which schemes jarUri may name a jar, of artifact, file, http, https and s3.', schemeFault),
    allowedHosts: list(
      'From which hosts jars are fetched by http and https: "public" for all public addresses, names, "*.domain", addresses, ranges (10.0.0.0/8).',
      hostRuleFault,
    ),
    fileDirectories: Type.Optional(
      list('The folders in which the jars of file: URIs have to lie. Not given: any file that the daemon may read.', folderFault),
    ),
    s3: section({
      endpoint: Type.Optional(
        ruled("The S3 that s3: URIs are fetched from, and that state is looked for in. Not given: AWS' own of the region.", endpointFault),
      ),
      region: text('The region that requests are signed for.'),
      accessKeyId: Type.Optional(text('The key by which requests are signed. Not given: they are not signed.')),
      secretAccessKey: secret('The secret of that key.'),
    }),
  }),
  metrics: section({
    maxJobs: count('How many Jobs have series of their own at most; further ones are left out of these and counted.'),
  }),
  shutdown: section({
    deadlineMs: duration('How long stopping may take before the process ends anyway.'),
  }),
  log: section({
    level: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      description: 'From which level on lines are logged.',
    }),
  }),
});

/** A YAML text with the `spec` of DeploymentDefaults; its faults are told with their lines in it. */
const GlobalDefaults = Type.Codec(
  ruled('What Deployments of all namespaces are made with, as a text of YAML: a `spec` with parts of one. Not given: nothing.', (yaml) =>
    thrownBy(() => parseDefaults(yaml)),
  ),
)
  .Decode((yaml) => parseDefaults(yaml))
  .Encode((spec) => JSON.stringify({ spec }));

/** The settings of Ververica Platform that work here, under its names. A section is given whole or not at all. */
const VvpSchema = section({
  globalDeploymentDefaults: Type.Optional(GlobalDefaults),
  jobService: Type.Optional(
    section({
      maxNumberJobsInTerminalState: kept('How many final Jobs each Deployment keeps, the newest; 0 keeps none. Not given: all of them.'),
      jobsCleanupIntervalMs: duration('How often final Jobs beyond that number are deleted.', { aliases: ['cleanup-interval'] }),
    }),
  ),
  eventService: Type.Optional(
    section({
      maxNumberEvents: kept('How many events each Deployment keeps, the newest; 0 keeps none. Not given: all of them.'),
      eventsCleanupIntervalMs: duration('How often events beyond that number are deleted.', { aliases: ['cleanup-interval'] }),
    }),
  ),
});

/** What files and the environment may say. */
export const ConfigurationSchema = section({ drey: DreySchema, vvp: Type.Optional(VvpSchema) });
export type Configuration = StaticDecode<typeof ConfigurationSchema>;
