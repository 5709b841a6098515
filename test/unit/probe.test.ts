import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Command } from '../../src/domain/due.ts';
import { flinkJobId, type Job } from '../../src/domain/job.ts';
import type { Cluster, ClusterView } from '../../src/ports/targets.ts';
import { observeWith } from '../../workers/observe.ts';
import { probeTargetWith } from '../../workers/probe.ts';
import type { WorkerParts } from '../../workers/parts.ts';
import { aSubmittedJob, aTarget, deaf, LIMITS, NOW, silent } from '../support/factories.ts';
import { memoryStore } from '../support/memory-store.ts';

describe('probe of a TERMINATING Job whose Flink job lives', () => {
  const terminating = aSubmittedJob({ state: 'TERMINATING', terminateMode: 'cancel', terminatingAt: NOW });

  /** The commands that a look has put to the queue. */
  async function ensuredFor(job: Job): Promise<Command[]> {
    const ensured: Command[] = [];
    const cluster = {
      view: () =>
        Promise.resolve({
          endpoint: 'GET /jobs/overview',
          fingerprint: 'jm-1',
          highAvailability: false,
          ageMs: () => 0,
          jobs: new Map([[flinkJobId(job), { id: flinkJobId(job), word: 'RUNNING', startedAtMs: 1, tasksReady: true }]]),
        }),
      metrics: () => Promise.resolve({}),
    } as unknown as Cluster;
    const parts = {
      store: { ...memoryStore(), watchedJobs: () => Promise.resolve({ jobs: [job], now: NOW }) },
      engine: { strays: { found: () => Promise.resolve(), over: () => Promise.resolve() } },
      queue: { ensure: (command: Command) => Promise.resolve(void ensured.push(command)) },
      targets: { cluster: () => cluster },
      limits: LIMITS,
      metricsIntervalMs: 60_000,
      monotonicMs: () => 0,
      listener: deaf,
      log: silent,
    } as unknown as WorkerParts;
    await probeTargetWith(parts, observeWith(parts))(aTarget());
    return ensured;
  }

  it('has it cancelled again', async () => {
    expect(await ensuredFor(terminating)).to.deep.equal([{ kind: 'terminate', id: terminating.id }]);
  });
  it('leaves it alone while its command is set aside', async () => {
    expect(await ensuredFor({ ...terminating, setAside: { at: NOW, reason: 'TypeError' } })).to.deep.equal([]);
  });
});

describe('a look at a FAILED Flink job', () => {
  const job = aSubmittedJob({ state: 'STARTED' });
  const id = flinkJobId(job);
  const view: ClusterView = {
    endpoint: 'GET /jobs/overview',
    fingerprint: 'jm-1',
    highAvailability: false,
    ageMs: () => 0,
    jobs: new Map([[id, { id, word: 'FAILED', startedAtMs: 1, tasksReady: false }]]),
  };
  const wordWith = async (cause: string | undefined) => {
    const parts = { limits: LIMITS, metricsIntervalMs: 60_000, monotonicMs: () => 0 } as unknown as WorkerParts;
    const cluster = { rootCause: () => Promise.resolve(cause) } as unknown as Cluster;
    const observation = await observeWith(parts)(job, cluster, view, NOW);
    return observation.kind === 'found' ? [observation.word, observation.cause] : observation.kind;
  };

  it('ends the Job with its cause, and not before the cluster tells that', async () => {
    expect(await wordWith(undefined)).to.deep.equal(['FAILING', undefined]);
    expect(await wordWith('told to fail')).to.deep.equal(['FAILED', 'told to fail']);
  });
});
