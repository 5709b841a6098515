import { expect } from 'chai';
import { after, before } from 'mocha';
import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { request } from 'undici';
import { fileFetcher } from '../../../src/artifacts/file.ts';
import { flinkJobId, type FlinkWord } from '../../../src/domain/job.ts';
import { hasThrowable, throwables } from '../../../src/flink/throwables.ts';
import type { FlinkLimits } from '../../../src/flink/budget.ts';
import type { Cluster, FetchedArtifact } from '../../../src/ports/targets.ts';
import { sessionDriver, type ClosableDriver } from '../../../src/targets/session.ts';
import { targetAt } from '../factories.ts';
import { jarJob, until, type JarJob } from '../session-world.ts';

export type Version = '2.3.0' | '1.20.0';

/** A cluster under test, simulated or real. */
export interface Subject {
  readonly url: string;
  readonly jarPath: string;
  /** Where its `checkpoints` and `savepoints` are configured to be. */
  readonly stateFolder: string;
  replaceJobManager(): Promise<void>;
  stop(): Promise<void>;
}

export const CONTRACT_LIMITS: FlinkLimits = {
  readTimeoutMs: 10_000,
  submitTimeoutMs: 30_000,
  uploadTimeoutMs: 60_000,
  requestsAtOnce: 8,
  submissionsAtOnce: 4,
  breakerFailures: 3,
  breakerFirstMs: 200,
  breakerMostMs: 1000,
};

/** A value that main() cannot parse, and what is said about it. */
export const BAD_INTERVAL = { 'execution.checkpointing.interval': 'bananas' };
export const BAD_INTERVAL_MESSAGE =
  "java.lang.IllegalArgumentException: Could not parse value 'bananas' for key 'execution.checkpointing.interval'.";

/** An answer as it is. */
interface RawAnswer {
  readonly status: number;
  readonly value: Record<string, unknown>;
  readonly errors: string;
  /** True when the error has an exception of this class. */
  readonly has: (className: string) => boolean;
}

export type ContractWorld = ReturnType<typeof contractWorld>;

export const newTriggerId = (): string => randomBytes(16).toString('hex');

/** Starts the subject before the suite that calls this, with the driver on it and the test jobs uploaded, and stops it after. */
export function contractWorld(version: Version, start: () => Promise<Subject>) {
  let subject: Subject;
  let driver: ClosableDriver;
  let cluster: Cluster;
  let jarId: string;

  before(async () => {
    subject = await start();
    driver = sessionDriver(CONTRACT_LIMITS, fileFetcher());
    cluster = driver.cluster(targetAt(subject.url));
    jarId = await cluster.upload(await testJobs());
  });
  after(async () => {
    await driver.close();
    await subject.stop();
  });

  const testJobs = (): Promise<FetchedArtifact> => driver.fetchArtifact(jarJob({ jarUri: pathToFileURL(subject.jarPath).href }));
  const wordOf = async (id: string): Promise<FlinkWord | undefined> => (await cluster.view()).jobs.get(id)?.word;

  async function raw(method: 'GET' | 'POST' | 'PATCH', path: string, body?: object | string): Promise<RawAnswer> {
    const text = typeof body === 'object' ? JSON.stringify(body) : (body ?? null);
    const headers = { 'content-type': 'application/json' };
    const response = await request(`${subject.url}${path}`, { method, headers, body: text, reset: true });
    const value = JSON.parse(await response.body.text()) as Record<string, unknown>;
    const errors = ((value['errors'] as string[] | undefined) ?? []).join('\n');
    return { status: response.statusCode, value, errors, has: (className) => hasThrowable(throwables(errors), className) };
  }

  return {
    version,
    is23: version === '2.3.0',
    get subject() {
      return subject;
    },
    get cluster() {
      return cluster;
    },
    get driver() {
      return driver;
    },
    get jarId() {
      return jarId;
    },
    testJobs,
    raw,
    run: (body: object, endpoint = 'run') => raw('POST', `/jars/${jarId}/${endpoint}`, { programArgsList: [], ...body }),
    wordOf,
    /** Asks for a savepoint, or a stop with one, and resolves with what came of it. */
    async savepointed(id: string, directory: string, { stop = false, triggerId = newTriggerId() } = {}) {
      await cluster.savepoint(id, { triggerId, directory, stop });
      let operation = await cluster.savepointOperation(id, triggerId);
      await until(async () => (operation = await cluster.savepointOperation(id, triggerId)).kind !== 'inProgress');
      return operation;
    },
    /** What ended a FAILED job, once the cluster tells it. */
    async rootCause(id: string): Promise<string> {
      let cause: string | undefined;
      await until(async () => (cause = await cluster.rootCause(id)) !== undefined);
      return cause ?? '';
    },
    ended: async (id: string) => (await cluster.application(id)).kind === 'ended',

    /** Submits by the driver and waits until the job shows. */
    async started(given: JarJob = {}): Promise<string> {
      const job = jarJob(given);
      expect((await cluster.submit(job, jarId)).kind).to.equal(version === '2.3.0' ? 'pending' : 'accepted');
      await until(async () => (await wordOf(flinkJobId(job))) !== undefined);
      return flinkJobId(job);
    },
    /** The same, and waits until its tasks run. */
    async ready(given: JarJob = {}): Promise<string> {
      const id = await this.started(given);
      await until(async () => (await cluster.view()).jobs.get(id)?.tasksReady === true);
      return id;
    },
  };
}
