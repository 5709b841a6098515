import { v7 as uuid } from 'uuid';
import type { Settings } from '../config/settings.ts';
import { handlersFor } from '../workers/index.ts';
import { runWorkers } from '../workers/run.ts';
import { buildManagement } from './api/management.ts';
import { buildServer } from './api/server.ts';
import { createArtifacts } from './artifacts/artifacts.ts';
import { s3StoredState } from './artifacts/s3-state.ts';
import { DreyError } from './domain/errors.ts';
import { assertGuarded, flinkLimitsOf, limitsOf, regimeOf } from './derived-settings.ts';
import { schedulesOf } from './domain/regime.ts';
import { createEngine } from './engine/engine.ts';
import { createMetrics } from './metrics/metrics.ts';
import type { ArtifactRows } from './ports/artifacts.ts';
import type { Figures } from './ports/figures.ts';
import type { Listener } from './ports/listener.ts';
import type { Log } from './ports/log.ts';
import type { Store } from './ports/store.ts';
import { closeQueues, commandQueue, openQueues } from './queue/command-queue.ts';
import { producerConnection, workerConnection } from './queue/connections.ts';
import { queueFigures } from './queue/figures.ts';
import { applySchedules, keepSchedules } from './queue/schedules.ts';
import { createReleasers, type Releasers } from './releasers.ts';
import { sqlArtifactRows } from './store/artifacts.ts';
import { secretBox } from './secrets/box.ts';
import { jobSecrets } from './secrets/job-secrets.ts';
import { connect } from './store/connection.ts';
import { sqlFigures } from './store/figures.ts';
import { prepareDatabase } from './store/prepare.ts';
import { specGuard } from './store/spec-guard.ts';
import { sqlStore } from './store/store.ts';
import { guardedDriver } from './targets/guarded.ts';
import { sessionDriver } from './targets/session.ts';

/** What the daemon says of itself. */
interface Program {
  readonly version: string;
  /** Tells one configuration from another, and nothing of its secrets. */
  readonly configHash: string;
}

/** A running daemon. */
export interface App {
  readonly apiUrl: string;
  readonly managementUrl: string;
  /** Takes nothing new, lets what runs come to an end within the deadline, closes everything in reverse. Twice is fine. */
  stop(): Promise<void>;
}

/** The parts list: opens everything in order and closes it all again when the start fails half way. */
export async function startApp(settings: Settings, program: Program, log: Log): Promise<App> {
  const releasers = createReleasers();
  try {
    const urls = await start(settings, program, log, releasers);
    return { ...urls, stop: () => releasers.releaseAll() };
  } catch (error) {
    await releasers.releaseAll();
    throw error;
  }
}

async function start(settings: Settings, program: Program, log: Log, releasers: Releasers): Promise<Omit<App, 'stop'>> {
  assertGuarded(settings);
  const metrics = createMetrics(log);
  const { listener } = metrics;
  const { store, artifactRows, figures } = await openStore(settings, listener, log, releasers);
  const limits = limitsOf(settings);

  const producer = await producerConnection(settings.redis);
  releasers.push('the connection to Redis', () => producer.disconnect());
  producer.on('error', (error: Error) => log.warn({ cause: error.message }, 'redis'));
  const queues = openQueues(producer, settings.redis.prefix, log);
  releasers.push('the queues', () => closeQueues(queues));
  const queue = commandQueue(queues, producer);

  const artifacts = createArtifacts(settings.artifacts, artifactRows, log);
  const box = secretBox(settings.secretKey);
  const targets = guardedDriver(
    sessionDriver(flinkLimitsOf(settings), artifacts.fetch, listener, {
      lookIntoS3: s3StoredState(settings.artifacts.s3),
      ...(settings.sql?.planDirectory === undefined ? {} : { planDirectory: settings.sql.planDirectory }),
    }),
    jobSecrets(store, box),
  );
  releasers.push('the connections to Flink', () => targets.close());
  const engine = createEngine({ store, queue, limits, newId: () => uuid(), listener, log });

  const workerRedis = workerConnection(settings.redis);
  workerRedis.on('error', (error: Error) => log.debug({ cause: error.message }, 'redis'));
  releasers.push("the workers' connection to Redis", () => workerRedis.disconnect());
  // The ports first: a daemon that cannot start must not decide anything for the others, nor work.
  const parts = {
    store,
    engine,
    targets,
    artifacts: artifacts.store,
    auth: settings.auth,
    secretBox: box,
    globalDefaults: settings.globalDefaults,
    version: program.version,
    log,
  };
  const apiUrl = await listen(await buildServer(parts), settings.api, releasers);
  const exposition = metrics.exposition({
    figures,
    queueFigures: queueFigures(queues),
    ping: { database: () => store.ping(), queue: () => queue.ping() },
    version: program.version,
    configHash: program.configHash,
    maxJobs: settings.metrics.maxJobs,
  });
  let isStarted = false;
  const management = buildManagement({ store, queue, metrics: exposition, isStarted: () => isStarted, log });
  const managementUrl = await listen(management, settings.management, releasers);

  const handlers = handlersFor({
    store,
    engine,
    queue,
    targets,
    limits,
    metricsIntervalMs: settings.probe.restartCountIntervalMs,
    terminateReportAfterMs: settings.job.terminateReportAfterMs,
    monotonicMs: () => performance.now(),
    listener,
    log,
  });
  const workers = runWorkers(handlers, {
    connection: workerRedis,
    prefix: settings.redis.prefix,
    lockMs: settings.queue.lockMs,
    stalledCheckMs: settings.queue.stalledCheckMs,
    concurrency: settings.queue.concurrency,
    queue,
    listener,
    log,
  });
  releasers.push('the workers', async () => {
    const inTime = await workers.stop(settings.shutdown.deadlineMs);
    if (!inTime) log.warn({ deadlineMs: settings.shutdown.deadlineMs }, 'commands still ran at the deadline, another run will resume them');
  });

  const regime = regimeOf(settings);
  await store.declareRegime(regime);
  const { limits: retention, jobs, events } = await engine.retention.plan();
  log.info(
    {
      retention,
      jobsCleanupMs: regime.jobsCleanupMs ?? 'never',
      jobsBeyondLimit: jobs.length,
      eventsCleanupMs: regime.eventsCleanupMs ?? 'never',
      eventsBeyondLimit: events.reduce((sum, { count }) => sum + count, 0),
    },
    'retention',
  );
  await applySchedules(queues, schedulesOf(regime));
  const keeper = keepSchedules(queues, store, settings.repair.intervalMs, log);
  releasers.push('the schedules', () => keeper.stop());
  isStarted = true;
  return { apiUrl, managementUrl };
}

async function openStore(
  { mysql }: Settings,
  listener: Listener,
  log: Log,
  releasers: Releasers,
): Promise<{ store: Store; artifactRows: ArtifactRows; figures: Figures }> {
  const applied = await prepareDatabase(mysql);
  const db = connect(mysql);
  releasers.push('the database', () => db.destroy());
  log.info({ applied, specGuard: await specGuard(db) }, 'database ready');
  return { store: sqlStore(db, () => listener.staleWrite()), artifactRows: sqlArtifactRows(db), figures: sqlFigures(db) };
}

interface Server {
  listen(address: { host: string; port: number }): Promise<string>;
  close(): PromiseLike<void>;
}

async function listen(server: Server, { host, port }: { host: string; port: number }, releasers: Releasers): Promise<string> {
  releasers.push(`port ${port}`, async () => server.close());
  try {
    return await server.listen({ host, port });
  } catch (cause) {
    throw new DreyError('configuration', `cannot listen on ${host}:${port}; another program may have the port`, { cause });
  }
}
