import { randomUUID } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { DeploymentSpec } from '../../src/domain/deployment.ts';
import type { Job } from '../../src/domain/job.ts';
import type { DeploymentTarget } from '../../src/domain/target.ts';
import { createEngine } from '../../src/engine/engine.ts';
import type { Listener } from '../../src/ports/listener.ts';
import type { Store } from '../../src/ports/store.ts';

/** One Deployment with its STARTED Job, made by the engine; all others are copies of its rows. */
export interface Exemplar {
  readonly name: string;
  readonly fingerprint: string;
  readonly deploymentId: string;
  readonly jobId: string;
}

const MINUTE = 60_000;
const LIMITS = {
  startDeadlineMs: 10 * MINUTE,
  submissionWindowMs: 5 * MINUTE,
  recoveryGraceMs: 5 * MINUTE,
  failureBackoffFirstMs: 5000,
  savepointReadyMs: 120_000,
  failureBackoffMostMs: 5 * MINUTE,
  observationMaxAgeMs: MINUTE,
};

/** What a job of some weight is configured with: with it, and with Drey's part, the spec of a Job is about 3 KB of JSON. */
const FLINK_CONFIGURATION = {
  'execution.checkpointing.interval': '30 s',
  'execution.checkpointing.min-pause': '10 s',
  'execution.checkpointing.timeout': '15 min',
  'execution.checkpointing.tolerable-failed-checkpoints': '3',
  'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
  'execution.checkpointing.unaligned.enabled': 'true',
  'execution.checkpointing.dir': 's3://analytics-production-flink-state/checkpoints',
  'execution.checkpointing.savepoint-dir': 's3://analytics-production-flink-state/savepoints',
  'state.backend.type': 'rocksdb',
  'state.backend.incremental': 'true',
  'state.backend.rocksdb.memory.managed': 'true',
  'restart-strategy.type': 'exponential-delay',
  'restart-strategy.exponential-delay.initial-backoff': '1 s',
  'restart-strategy.exponential-delay.max-backoff': '2 min',
  'restart-strategy.exponential-delay.reset-backoff-threshold': '30 min',
  'pipeline.object-reuse': 'true',
  'pipeline.auto-watermark-interval': '200 ms',
  'table.exec.mini-batch.enabled': 'true',
  'table.exec.mini-batch.allow-latency': '5 s',
  'table.exec.state.ttl': '36 h',
  'metrics.latency.interval': '60 s',
};

const spec = (target: DeploymentTarget): DeploymentSpec => ({
  state: 'RUNNING',
  upgradeStrategy: { kind: 'STATELESS' },
  restoreStrategy: { kind: 'NONE' },
  deploymentTargetId: target.id,
  deploymentTargetName: target.name,
  maxJobCreationAttempts: 4,
  maxSavepointCreationAttempts: 4,
  jobFailureExpirationTime: '1h',
  template: {
    spec: {
      artifact: {
        kind: 'JAR',
        jarUri: 'file:/srv/artifacts/com/example/analytics/clickstream-enrichment/4.17.2/clickstream-enrichment-4.17.2-all.jar',
        entryClass: 'com.example.analytics.clickstream.EnrichmentJob',
        mainArgs: '--source clicks --sink enriched-clicks --bootstrap kafka-1:9092,kafka-2:9092,kafka-3:9092 --lateness 300',
      },
      parallelism: 4,
      flinkConfiguration: FLINK_CONFIGURATION,
    },
  },
});

const refusing = (): Promise<void> => Promise.reject(new Error('no command is sent from here'));
const silent = () => undefined;

/** @throws Error when the Job did not become STARTED. */
export async function makeExemplar(store: Store, target: DeploymentTarget): Promise<Exemplar> {
  const { deployments, jobs } = createEngine({
    store,
    queue: { wake: refusing, ensure: refusing, ping: refusing },
    limits: LIMITS,
    newId: () => uuid(),
    // Nobody listens.
    listener: new Proxy({}, { get: () => silent }) as Listener,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  const name = 'exemplar-of-the-fleet';
  const fingerprint = randomUUID();
  const input = { labels: { team: 'analytics', tier: 'gold' }, annotations: {}, spec: spec(target) };
  const { id } = await deployments.create(target.namespace, name, { input, target, events: [] });
  const active = async (): Promise<Job | undefined> => (await store.jobs(target.namespace, { deploymentId: id, active: true }))[0];
  const made = await active();
  const begun = made && (await jobs.beginSubmission(made, fingerprint, { artifactSha256: 'a'.repeat(64) }));
  const accepted = begun && (await jobs.recordAnswer(begun, { kind: 'accepted' }));
  if (accepted !== undefined) {
    await jobs.observe(
      accepted,
      { kind: 'found', endpoint: 'GET /jobs/overview', fingerprint, word: 'RUNNING', startedAtMs: 0, tasksReady: true, restarts: 0 },
      () => 0,
    );
  }
  const job = await active();
  if (job?.state !== 'STARTED') throw new Error(`the exemplary Job is ${job?.state ?? 'gone'}, not STARTED`);
  return { name, fingerprint, deploymentId: id, jobId: job.id };
}
