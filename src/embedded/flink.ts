import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { freePort, requireFreePort } from './addresses.ts';
import { configYaml, workFolders } from './flink-config.ts';
import { requireProgram, startUntilReady, type PrivateProcess, type ServerOptions } from './process.ts';

/** The data folder has the configuration, checkpoints, savepoints and uploaded jars. */
export interface FlinkOptions extends ServerOptions {
  /** A distribution as `scripts/setup.mjs` builds it. */
  readonly home: string;
  /** 0 chooses a free one. */
  readonly restPort: number;
  /** The port of a SQL Gateway, 0 chooses a free one; not given: there is none. */
  readonly gatewayPort?: number;
  /** 8 unless told otherwise. */
  readonly slots?: number;
}

export interface RunningFlink {
  /** `http://localhost:8081` */
  readonly restUrl: string;
  /** `http://localhost:8083`; nobody listens there where no gateway was asked for. */
  readonly gatewayUrl: string;
  /** All that run. */
  processes(): readonly PrivateProcess[];
  jobManager(): PrivateProcess;
  taskManager(): PrivateProcess;
  /** Undefined where none was asked for. */
  gateway(): PrivateProcess | undefined;
  /** Starts the SQL Gateway again after it has ended; resolves once it answers. Its sessions are gone. */
  restartGateway(): Promise<void>;
  /** Starts the JobManager again after it has ended; resolves once REST answers. Its jobs are gone: there is no HA. */
  restartJobManager(): Promise<void>;
  /** Starts the TaskManager again after it has ended; resolves once the JobManager lists it. Jobs that restart go on there. */
  restartTaskManager(): Promise<void>;
  /** The folder into which the JobManager archives ended jobs. */
  readonly archiveFolder: string;
  stop(): Promise<void>;
}

/**
 * The folder that `scripts/setup.mjs` builds a Flink version into. That script is plain JavaScript, because it runs before
 * there is a way to run TypeScript, so the rule stands there again (scripts/flink-build.mjs); a test holds the two equal.
 */
export function flinkHome(version: string): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'drey', `flink-${version}`);
}

/** The jar with flinkkit.CountingJob, which counts, and fails, ends or dawdles on demand. */
export function testJobsJar(home: string): string {
  return join(home, 'jobs', 'flink-test-jobs.jar');
}

const readyMs = 90_000;

/**
 * Starts a session cluster of one JobManager and one TaskManager, with a SQL Gateway where one is asked for, and waits until it can run jobs.
 * @throws Error when Flink or Java is not there, the REST port is taken, or a process ends or is not ready within 90 s.
 */
export async function startFlink(options: FlinkOptions): Promise<RunningFlink> {
  const { home } = options;
  if (!existsSync(join(home, '.stamp'))) throw new Error(`there is no Flink in ${home}: run \`node scripts/setup.mjs --tests\``);
  if (options.restPort !== 0) await requireFreePort(options.restPort, "Flink's REST API");
  if ((options.gatewayPort ?? 0) !== 0) await requireFreePort(options.gatewayPort ?? 0, "Flink's SQL Gateway");
  const restPort = options.restPort === 0 ? await freePort() : options.restPort;
  const gatewayPort = (options.gatewayPort ?? 0) === 0 ? await freePort() : (options.gatewayPort ?? 0);
  const workFolder = resolve(options.dataFolder);
  rmSync(join(workFolder, 'tmp'), { recursive: true, force: true }); // a killed Flink has left what it unpacked
  for (const folder of workFolders) mkdirSync(join(workFolder, folder), { recursive: true });
  const plan = { restPort, rpcPort: await freePort(), gatewayPort, slots: options.slots ?? 8, workFolder };
  writeFileSync(join(workFolder, 'conf/config.yaml'), configYaml(plan));

  const ports = { rest: `http://127.0.0.1:${restPort}`, gateway: `http://127.0.0.1:${gatewayPort}` };
  const begin = (part: Part, signal?: AbortSignal) => {
    const id = `${part}-${randomUUID()}`;
    return startUntilReady(launch(part, id, options, workFolder), () => isReady[part](ports, id), { deadlineMs: readyMs, signal });
  };
  // Java takes seconds to start, so all start together; the TaskManager asks until the JobManager is there.
  const failed = new AbortController();
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  const starts = [
    begin('jobmanager', signal),
    begin('taskmanager', signal),
    options.gatewayPort === undefined ? Promise.resolve(undefined) : begin('gateway', signal),
  ] as const;
  const started = await Promise.all(starts).catch(async (error: unknown) => {
    failed.abort(error);
    for (const start of await Promise.allSettled(starts)) if (start.status === 'fulfilled') await start.value?.stop();
    throw error;
  });

  let [jobManager, taskManager, gateway] = started;
  return {
    restUrl: `http://localhost:${restPort}`,
    gatewayUrl: `http://localhost:${gatewayPort}`,
    archiveFolder: join(workFolder, 'archive'),
    processes: () => [gateway, taskManager, jobManager].filter((each) => each !== undefined),
    jobManager: () => jobManager,
    taskManager: () => taskManager,
    gateway: () => gateway,
    async restartGateway() {
      gateway = await begin('gateway');
    },
    async restartJobManager() {
      jobManager = await begin('jobmanager');
    },
    async restartTaskManager() {
      taskManager = await begin('taskmanager');
    },
    async stop() {
      await Promise.all([gateway?.stop(), taskManager.stop(), jobManager.stop()]);
    },
  };
}

type Part = 'jobmanager' | 'taskmanager' | 'gateway';

const mainClass: Record<Part, string> = {
  jobmanager: 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint',
  taskmanager: 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner',
  gateway: 'org.apache.flink.table.gateway.SqlGateway',
};

/** Whether the part answers; a TaskManager is known by its id, since one that was killed stays listed for seconds. */
const isReady: Record<Part, (urls: { rest: string; gateway: string }, id: string) => Promise<boolean>> = {
  jobmanager: async ({ rest }) => (await answer(`${rest}/overview`)) !== undefined,
  taskmanager: async ({ rest }, id) => (await answer(`${rest}/taskmanagers`))?.includes(`"${id}"`) ?? false,
  gateway: async ({ gateway }) => (await answer(`${gateway}/info`)) !== undefined,
};

async function answer(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined; // not there yet
  }
}

function launch(part: Part, id: string, { home, runFolder, logFolder }: FlinkOptions, workFolder: string) {
  const conf = join(workFolder, 'conf');
  const args = [
    `@${join(home, 'conf/jvm.args')}`,
    '-Xms256m',
    '-Xmx256m',
    `-Dlog.file=${join(logFolder, `flink-${part}.log`)}`, // where the process' output goes; Flink's web page shows it
    `-Dlog4j.configurationFile=file:${join(home, 'conf/log4j.properties')}`,
    '-cp',
    [join(home, 'lib', '*'), ...(part === 'gateway' ? [join(home, 'opt', '*')] : [])].join(delimiter),
    mainClass[part],
    // The gateway takes it from FLINK_CONF_DIR.
    ...(part === 'gateway' ? [] : ['--configDir', conf]),
    ...(part === 'taskmanager' ? ['-D', `taskmanager.resource-id=${id}`] : []),
  ];
  const env = {
    ...process.env,
    FLINK_CONF_DIR: conf,
    FLINK_LIB_DIR: join(home, 'lib'),
    FLINK_OPT_DIR: join(home, 'opt'),
    FLINK_PLUGINS_DIR: join(home, 'plugins'),
  };
  return { name: `flink-${part}`, command: java(), args, env, cwd: workFolder, runFolder, logFolder };
}

/** JAVA_HOME goes before PATH, as it does for Maven, which built what is run here. */
function java(): string {
  const path = join(process.env['JAVA_HOME'] ?? '', 'bin/java');
  return process.env['JAVA_HOME'] && existsSync(path) ? path : requireProgram('java');
}
