import { isDreyError } from '../domain/errors.ts';
import { flinkJobId } from '../domain/job.ts';
import type { Redact } from '../domain/redaction.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { SqlGateway } from '../ports/sql.ts';
import type { Cluster, FetchedArtifact } from '../ports/targets.ts';
import { guardedGateway } from './guarded-gateway.ts';
import { messageOf, redacted } from './redacted.ts';
import type { ClosableDriver } from './session.ts';

/*
 * INVARIANTS
 * - Values of secrets are in what goes to Flink and nowhere else: every text that comes back about a Job passes a redaction here, errors too.
 * - What cannot be redacted is not told.
 */

const withheld: Redact = () => 'the text is withheld: it may hold a secret that this daemon cannot read now';

/** A driver whose Jobs may name secrets: it submits their values, and tells their names. */
export function guardedDriver(driver: ClosableDriver, secrets: Secrets): ClosableDriver {
  /** Of each namespace its own: paths are told with the names of its secrets. */
  const clusters = new WeakMap<Cluster, Map<string, Cluster>>();
  const gateways = new WeakMap<SqlGateway, SqlGateway>();
  const fetched = new WeakMap<FetchedArtifact, Redact>();

  const redactionOf = (id: string): Promise<Redact> =>
    secrets.redactionOf(id).catch((error: unknown) => {
      if (isDreyError(error, 'secretLocked')) return withheld;
      throw error;
    });

  /** The outcome of a call about one job; what it throws is told without secrets. */
  const about = async <T>(id: string, call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      throw redacted(error, await redactionOf(id));
    }
  };

  /** A path is of no use unless it is told with names that can be put back: what cannot be redacted is tried again later. */
  const pathOf = async (id: string, path: string): Promise<string> => (await secrets.redactionOf(id))(path);

  const guarded = (cluster: Cluster, namespace: string): Cluster => ({
    ...cluster,
    find: (id) => about(id, cluster.find(id)),
    async application(id) {
      const found = await about(id, cluster.application(id));
      return 'cause' in found ? { ...found, cause: (await redactionOf(id))(found.cause) } : found;
    },
    async rootCause(id) {
      const cause = await about(id, cluster.rootCause(id));
      return cause === undefined ? undefined : (await redactionOf(id))(cause);
    },
    async metrics(id) {
      const metrics = await about(id, cluster.metrics(id));
      if (metrics.checkpoints?.lastPath === undefined) return metrics;
      const redact = await redactionOf(id);
      const { lastPath, ...checkpoints } = metrics.checkpoints;
      return { ...metrics, checkpoints: redact === withheld ? checkpoints : { ...checkpoints, lastPath: redact(lastPath) } };
    },
    async upload(artifact) {
      try {
        return await cluster.upload(artifact);
      } catch (error) {
        throw redacted(error, fetched.get(artifact) ?? withheld);
      }
    },
    async submit(job, uploaded) {
      // Before anything is sent: afterwards an answer could not be told.
      const own = await secrets.ofJob(job).catch((error: unknown) => messageOf(error));
      if (typeof own === 'string') return { kind: 'notSubmitted', message: own };
      const answer = await cluster.submit(own.revealed, uploaded);
      return 'message' in answer ? { ...answer, message: own.redact(answer.message) } : answer;
    },
    async savepoint(id, request) {
      const directory = await secrets.revealedPath(namespace, request.directory);
      await about(id, cluster.savepoint(id, { ...request, directory }));
    },
    async disposeSavepoint(location) {
      const path = await secrets.revealedPath(namespace, location);
      await cluster.disposeSavepoint(path).catch((error: unknown) => {
        throw redacted(error, (text) => text.replaceAll(path, location));
      });
    },
    async savepointOperation(id, triggerId) {
      const operation = await about(id, cluster.savepointOperation(id, triggerId));
      if (operation.kind === 'failed') return { ...operation, message: (await redactionOf(id))(operation.message) };
      return operation.kind === 'completed' ? { ...operation, location: await pathOf(id, operation.location) } : operation;
    },
    async statePaths(id) {
      const paths = await about(id, cluster.statePaths(id));
      if (paths === undefined) return undefined;
      const { savepoint, checkpoint } = paths;
      return {
        ...(savepoint === undefined ? {} : { savepoint: await pathOf(id, savepoint) }),
        ...(checkpoint === undefined ? {} : { checkpoint: await pathOf(id, checkpoint) }),
      };
    },
    cancel: (id) => about(id, cluster.cancel(id)),
    cancelApplication: (id) => about(id, cluster.cancelApplication(id)),
  });

  return {
    ...driver,
    cluster(target) {
      const cluster = driver.cluster(target);
      const ofNamespaces = clusters.get(cluster) ?? new Map<string, Cluster>();
      clusters.set(cluster, ofNamespaces);
      const known = ofNamespaces.get(target.namespace) ?? guarded(cluster, target.namespace);
      ofNamespaces.set(target.namespace, known);
      return known;
    },
    sqlGateway(target) {
      const gateway = driver.sqlGateway(target);
      const known = gateways.get(gateway) ?? guardedGateway(gateway, secrets);
      gateways.set(gateway, known);
      return known;
    },
    async storedState(directory, base, job) {
      const [folder, root] = [await secrets.revealedPath(job.namespace, directory), await secrets.revealedPath(job.namespace, base)];
      const found = await driver.storedState(folder, root, job);
      if (folder === directory || found.kind === 'none') return found;
      const redact = await secrets.redactionOf(flinkJobId(job));
      return found.kind === 'found' ? { ...found, location: redact(found.location) } : { ...found, why: redact(found.why) };
    },
    async archived(target, id) {
      const found = await about(id, driver.archived(target, id));
      return found?.cause === undefined ? found : { ...found, cause: (await redactionOf(id))(found.cause) };
    },
    async fetchArtifact(job) {
      const { revealed, redact } = await secrets.ofJob(job);
      try {
        const artifact = await driver.fetchArtifact(revealed);
        fetched.set(artifact, redact);
        return artifact;
      } catch (error) {
        throw redacted(error, redact);
      }
    },
  };
}
