import { afterEach } from 'mocha';
import { v7 as uuid } from 'uuid';
import { fileFetcher } from '../../src/artifacts/file.ts';
import { isDreyError } from '../../src/domain/errors.ts';
import type { Job } from '../../src/domain/job.ts';
import type { FlinkLimits } from '../../src/flink/budget.ts';
import type { Cluster } from '../../src/ports/targets.ts';
import { sessionDriver, type ClosableDriver } from '../../src/targets/session.ts';
import { aJob, targetAt } from './factories.ts';
import { flinkSimulator, type FlinkSimulator, type FlinkSimulatorOptions } from './flink-simulator.ts';

/** Limits that a test can wait for. */
export const FLINK_LIMITS: FlinkLimits = {
  readTimeoutMs: 300,
  submitTimeoutMs: 400,
  uploadTimeoutMs: 500,
  requestsAtOnce: 8,
  submissionsAtOnce: 4,
  breakerFailures: 3,
  breakerFirstMs: 200,
  breakerMostMs: 800,
};

/** A jar that every simulated cluster has. */
export const JAR = { id: 'jar-1', sha256: 'a'.repeat(64) };

export interface SessionWorld {
  readonly flink: FlinkSimulator;
  readonly cluster: Cluster;
  readonly driver: ClosableDriver;
}

/** Makes simulated clusters and their drivers, and closes them after each test of the suite that calls this. */
export function sessionWorlds() {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });
  async function world(options: FlinkSimulatorOptions & { limits?: Partial<FlinkLimits> } = {}): Promise<SessionWorld> {
    const { limits, ...simulated } = options;
    const flink = await flinkSimulator(simulated);
    flink.cluster.jars.set(JAR.id, { name: `${JAR.sha256}.jar`, uploaded: 1 });
    const driver = sessionDriver({ ...FLINK_LIMITS, ...limits }, fileFetcher());
    open.push(
      () => flink.close(),
      () => driver.close(),
    );
    return { flink, driver, cluster: driver.cluster(targetAt(flink.url)) };
  }
  return { world, closeLater: (close: () => Promise<void>) => void open.push(close) };
}

export interface JarJob {
  readonly jarUri?: string;
  readonly mainArgs?: string;
  readonly entryClass?: string;
  readonly parallelism?: number;
  readonly flinkConfiguration?: Readonly<Record<string, string>>;
  readonly savepointLocation?: string;
}

/** A Job that was never submitted, under an id of its own. */
export function jarJob({
  parallelism = 1,
  flinkConfiguration = {},
  savepointLocation,
  jarUri = 'file:/unused',
  ...given
}: JarJob = {}): Job {
  const job = aJob({ id: uuid() });
  const restored = savepointLocation === undefined ? {} : { savepointLocation };
  return { ...job, spec: { ...job.spec, ...restored, parallelism, flinkConfiguration, artifact: { kind: 'JAR', jarUri, ...given } } };
}

/** Code and message of the error that a call ends with. */
export async function failureOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (isDreyError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('expected a failure');
}

/** Asks again and again, as the probe would. Mocha ends a test that waits in vain. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
