import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clusterConfig, configYaml, workFolders, type FlinkConfig } from './flink-config.ts';
import { requireFlink } from './flink-home.ts';
import { startUntilReady, type PrivateProcess } from './process.ts';
import { requireProgram } from './programs.ts';
import { freePort, requireFreePort } from './tcp-port.ts';

export interface FlinkOptions {
  /** A distribution as `scripts/setup.mjs` builds it. */
  readonly home: string;
  /** The cluster's own folder: configuration, checkpoints, savepoints, uploaded jars. */
  readonly workFolder: string;
  readonly runFolder: string;
  readonly logFolder: string;
  /** 0 chooses a free one. */
  readonly restPort: number;
  /** 8 unless told otherwise. */
  readonly slots?: number;
  readonly extraConfig?: FlinkConfig;
  readonly signal?: AbortSignal;
}

export interface RunningFlink {
  /** `http://localhost:8081` */
  readonly restUrl: string;
  jobManager(): PrivateProcess;
  taskManager(): PrivateProcess;
  /** Starts the JobManager again after it has ended; resolves once REST answers. Its jobs are gone: there is no HA. */
  restartJobManager(): Promise<void>;
  /** Starts the TaskManager again after it has ended; resolves once it has registered. */
  restartTaskManager(): Promise<void>;
  stop(): Promise<void>;
}

const readyMs = 90_000;

/**
 * Starts a session cluster of one JobManager and one TaskManager, and waits until it can run jobs.
 * @throws Error when Flink or Java is not there, the REST port is taken, or a process ends or is not ready within 90 s.
 */
export async function startFlink(options: FlinkOptions): Promise<RunningFlink> {
  requireFlink(options.home);
  if (options.restPort !== 0) await requireFreePort(options.restPort, "Flink's REST API");
  const restPort = options.restPort === 0 ? await freePort() : options.restPort;
  const workFolder = resolve(options.workFolder);
  rmSync(join(workFolder, 'tmp'), { recursive: true, force: true }); // a killed Flink has left what it unpacked
  for (const folder of workFolders) mkdirSync(join(workFolder, folder), { recursive: true });
  const plan = { restPort, rpcPort: await freePort(), slots: options.slots ?? 8, workFolder };
  writeFileSync(join(workFolder, 'conf/config.yaml'), configYaml({ ...clusterConfig(plan), ...options.extraConfig }));

  const rest = `http://127.0.0.1:${restPort}`;
  // Java takes seconds to start, so the two start together; the TaskManager asks until the JobManager is there.
  const begin = (part: Part, signal?: AbortSignal) => {
    const id = `${part}-${randomUUID()}`;
    return startUntilReady(launch(part, id, options, workFolder), () => isReady[part](rest, id), { deadlineMs: readyMs, signal });
  };
  const either = new AbortController();
  const signal = options.signal === undefined ? either.signal : AbortSignal.any([options.signal, either.signal]);
  const starts = [begin('jobmanager', signal), begin('taskmanager', signal)] as const;
  const started = await Promise.all(starts).catch(async (error: unknown) => {
    either.abort(error);
    for (const start of await Promise.allSettled(starts)) if (start.status === 'fulfilled') await start.value.stop();
    throw error;
  });

  let [jobManager, taskManager] = started;
  return {
    restUrl: `http://localhost:${restPort}`,
    jobManager: () => jobManager,
    taskManager: () => taskManager,
    async restartJobManager() {
      jobManager = await begin('jobmanager');
    },
    async restartTaskManager() {
      taskManager = await begin('taskmanager');
    },
    async stop() {
      await Promise.all([taskManager.stop(), jobManager.stop()]);
    },
  };
}

type Part = 'jobmanager' | 'taskmanager';

const mainClass: Record<Part, string> = {
  jobmanager: 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint',
  taskmanager: 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner',
};

/** Whether the part's newest process answers; a TaskManager's is known by its id, since one that was killed stays listed for seconds. */
const isReady: Record<Part, (rest: string, id: string) => Promise<boolean>> = {
  jobmanager: async (rest) => (await answer(`${rest}/overview`)) !== undefined,
  taskmanager: async (rest, id) => (await answer(`${rest}/taskmanagers`))?.includes(`"${id}"`) ?? false,
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
  const distributed = join(home, 'conf');
  const args = [
    `@${join(distributed, 'jvm.args')}`,
    '-Xms256m',
    '-Xmx256m',
    `-Dlog.file=${join(logFolder, `flink-${part}.log`)}`, // where the process' output goes; Flink's web page shows it
    `-Dlog4j.configurationFile=file:${join(distributed, 'log4j.properties')}`,
    '-cp',
    join(home, 'lib', '*'),
    mainClass[part],
    '--configDir',
    conf,
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
  const home = process.env['JAVA_HOME'];
  const path = home === undefined ? undefined : join(home, 'bin/java');
  return path !== undefined && existsSync(path) ? path : requireProgram('java');
}
