import { v7 as uuid } from 'uuid';
import type { Deployment } from '../../src/domain/deployment.ts';
import { dueOf, dueOfDeployment, type Command, type Due } from '../../src/domain/due.ts';
import { DreyError, nameTaken, type ErrorCode } from '../../src/domain/errors.ts';
import type { Event, NewEvent } from '../../src/domain/event.ts';
import { flinkJobId, isFinal, isUnreleased, type Job } from '../../src/domain/job.ts';
import { isNews, withSeen } from '../../src/domain/sighting.ts';
import type { Regime } from '../../src/domain/regime.ts';
import { memoryAccess } from './memory-access.ts';
import { later, memoryDeclarations } from './memory-declarations.ts';
import { memoryWatch } from './memory-watch.ts';
import { memoryKeys } from './memory-keys.ts';
import type { Change, Page, Sighting, Store } from '../../src/ports/store.ts';
import { memoryRetention, type MemoryRows } from './memory-retention.ts';
import { memorySavepoints } from './memory-savepoints.ts';
import { memoryStrays } from './memory-strays.ts';
import { byNameOrId, memoryTargets } from './memory-targets.ts';

/** The Store in memory, with a clock of its own: for unit tests and the simulation. Keeps every promise of the port. `onJob` sees each row written. */
export function memoryStore(now: () => Date = () => new Date(), onJob: (job: Job) => void = () => undefined): Store {
  const deployments = new Map<string, Deployment>();
  const jobs = new Map<string, Job>();
  const targets: MemoryRows['targets'] = new Map();
  const setJob = (job: Job): void => {
    jobs.set(job.id, job);
    onJob(job);
  };
  const flinkIds: MemoryRows['flinkIds'] = new Map();
  let regime: Regime | undefined;
  const eventNumbers = new Map<string, number>();
  const events: Event[] = [];

  const live = (namespace: string): Deployment[] =>
    [...deployments.values()].filter((row) => row.namespace === namespace && row.deletedAt === undefined).sort(byId);
  const isLive = (deploymentId: string): boolean => deployments.get(deploymentId)?.deletedAt === undefined;
  const activeJob = (deploymentId: string): Job | undefined =>
    [...jobs.values()].find((job) => job.deploymentId === deploymentId && !isFinal(job.state));

  const savepoints = memorySavepoints(now, isLive);
  const unreleased = (deploymentId: string): Job[] =>
    [...jobs.values()].filter((job) => job.deploymentId === deploymentId && isUnreleased(job));

  const append = ({ id, namespace }: Deployment, news: readonly NewEvent[], createdAt: Date): void => {
    for (const { message, ...event } of news) {
      const number = (eventNumbers.get(id) ?? 0) + 1;
      eventNumbers.set(id, number);
      events.push({ ...event, message: message.slice(0, 8000), id: uuid(), namespace, deploymentId: id, number, createdAt });
    }
  };
  const targetStore = memoryTargets({ deployments, jobs, targets }, now, (name) => access.namespace(name) !== undefined);
  const { existing, holdTarget } = targetStore;

  const remember = (job: Job): void => {
    const flinkId = flinkJobId(job);
    const known = flinkIds.get(flinkId);
    if (known === undefined && job.attempt === 0) return;
    const { endedAt, ...rest } = known ?? { flinkId, jobId: job.id, deploymentId: job.deploymentId, targetId: job.targetId };
    flinkIds.set(flinkId, isFinal(job.state) && job.terminatedAt !== undefined ? { ...rest, endedAt: job.terminatedAt } : rest);
  };
  const access = memoryAccess(now, (namespace) => [
    ...live(namespace)
      .map(({ name }) => `Deployment ${name}`)
      .slice(0, 1),
    ...existing()
      .filter((target) => target.namespace === namespace)
      .map(({ name }) => `DeploymentTarget ${name}`)
      .slice(0, 1),
  ]);
  /** Not in one that was deleted and had its name. */
  const isMadeIn = (namespace: string, { createdAt }: { createdAt: Date }): boolean =>
    namespace === 'default' || createdAt >= (access.namespace(namespace)?.createdAt ?? new Date(NaN));
  const strayStore = memoryStrays({ flinkIds, targets }, now, isMadeIn);
  const deletions: MemoryRows['deletions'] = [];
  const rows: MemoryRows = { deployments, jobs, savepoints: savepoints.rows, targets, flinkIds, events, deletions };
  const retention = memoryRetention(rows, now, isMadeIn);

  /** A change whole, or not at all: everything is checked before anything is written. */
  const write = (held: Deployment, active: Job | undefined, change: Change, at: Date): Change => {
    let running = active;
    const ended = unreleased(held.id);
    for (const next of change.savepoints ?? []) savepoints.assertFresh(next);
    const written = change.jobs.map((next) => {
      const released = ended.find(({ id }) => id === next.id);
      if (released !== undefined) return { job: { ...next, version: released.version + 1, modifiedAt: at }, known: true };
      if (running?.id !== next.id && running !== undefined)
        throw refused('staleWrite', `Deployment ${held.name} already has an active Job`);
      const known = active?.id === next.id;
      const job = known ? { ...next, version: active.version + 1, modifiedAt: at } : next;
      running = isFinal(job.state) ? undefined : job;
      return { job, known };
    });
    const { deployment: next } = change;
    if (next.spec.deploymentTargetId !== held.spec.deploymentTargetId) holdTarget(next.spec.deploymentTargetId);
    const deployment = next === held ? held : { ...next, version: held.version + 1, modifiedAt: at };
    deployments.set(deployment.id, deployment);
    if (deployment.deletedAt !== undefined && held.deletedAt === undefined) {
      const { id, version, namespace, name } = deployment;
      deletions.push({ kind: 'deployments', id, version, at, createdAt: at, deleted: { namespace, name } });
    }
    for (const { job, known } of written) {
      setJob(job);
      if (known) remember(job);
    }
    for (const id of change.strays ?? [])
      if (!strayStore.markStray(id)) throw refused('conflict', `Flink job ${id} is known as a stray already`);
    for (const added of change.newSavepoints ?? []) savepoints.rows.set(added.id, added);
    const moved = (change.savepoints ?? []).map((next) => savepoints.write(next, at));
    for (const { id, version, namespace, deploymentId, deletedAt } of moved)
      if (deletedAt !== undefined)
        deletions.push({ kind: 'savepoints', id, version, at, createdAt: at, deleted: { namespace, deploymentId } });
    append(deployment, change.events, at);
    return { ...change, deployment, jobs: written.map(({ job }) => job), savepoints: moved };
  };

  const record = ({ job, seen, ageMs }: Sighting): boolean => {
    const row = jobs.get(job.id);
    const began = now().getTime() - ageMs();
    if (row === undefined || isFinal(row.state) || row.version !== job.version || row.observedAt.getTime() >= began) return false;
    const restarts = Math.max(row.restarts, seen.restarts);
    const moved = isNews(job, seen) ? { version: row.version + 1, modifiedAt: now() } : {};
    setJob({ ...withSeen(row, { ...seen, restarts }, new Date(began)), ...moved });
    return true;
  };

  return {
    change: later((deploymentId, decide) => {
      const deployment = deployments.get(deploymentId);
      if (deployment === undefined) throw refused('notFound', `there is no Deployment ${deploymentId}`);
      const [job, at] = [activeJob(deploymentId), now()];
      const change = decide(
        {
          deployment,
          job,
          unreleased: unreleased(deploymentId),
          savepoints: savepoints.held(deployment),
          target: targets.get(deployment.spec.deploymentTargetId),
        },
        at,
      );
      return change && write(deployment, job, change, at);
    }),
    insertDeployment: later((deployment, news) => {
      holdTarget(deployment.spec.deploymentTargetId);
      if (live(deployment.namespace).some(({ name }) => name === deployment.name)) {
        throw nameTaken('Deployment', deployment);
      }
      deployments.set(deployment.id, deployment);
      append(deployment, news, deployment.createdAt);
    }),
    deployment: later((namespace, nameOrId) => byNameOrId(live(namespace), nameOrId)),
    deployments: later((namespace, page) => pageOf(live(namespace), page)),
    deploymentVersion: later((id) => deployments.get(id)?.version),

    job: later((id, namespace) => {
      const job = jobs.get(id);
      const isThere = job !== undefined && (namespace === undefined || (job.namespace === namespace && isLive(job.deploymentId)));
      return isThere ? { job, now: now() } : undefined;
    }),
    jobs: later((namespace, { deploymentId, deploymentIds, active, state }, page) => {
      const found = [...jobs.values()]
        .filter((job) => job.namespace === namespace && isLive(job.deploymentId))
        .filter((job) => (deploymentId === undefined || job.deploymentId === deploymentId) && !(active === true && isFinal(job.state)))
        .filter((job) => deploymentIds?.includes(job.deploymentId) !== false && (state ?? job.state) === job.state);
      return pageOf(found.sort(byId), page);
    }),
    jobVersion: later((id) => jobs.get(id)?.version),
    watchedJobs: later((targetId) => ({
      jobs: [...jobs.values()].filter((job) => job.targetId === targetId && !isFinal(job.state) && job.submission !== 'none').sort(byId),
      now: now(),
    })),
    busyTargets: later((shard, shards) => {
      const busy = new Set([...flinkIds.values()].map(({ targetId }) => targetId));
      return [...targets.values()].filter((target) => target.hash % shards === shard && busy.has(target.id));
    }),
    earlierFlinkIds: later((job) =>
      [...flinkIds.values()]
        .filter((other) => other.deploymentId === job.deploymentId && other.targetId === job.targetId && other.jobId !== job.id)
        .map(({ flinkId }) => flinkId)
        .sort()
        .reverse(),
    ),
    noteWaiting: later((id, waitingFor) => {
      const job = jobs.get(id);
      if (job?.state === 'STARTING') setJob({ ...job, waitingFor });
    }),
    recordSightings: later((sightings) => sightings.filter(record).length),
    dueCommands: later((limit, skip) => {
      const timers = [...deployments.values()].flatMap((deployment) => dueOfDeployment(deployment) ?? []);
      const ofJobs = [...jobs.values()].flatMap((job) => dueOf(job) ?? []);
      const strays = [...flinkIds.values()].flatMap(({ jobId: id, strayDueAt: at }): Due[] =>
        at === undefined ? [] : [{ command: { kind: 'terminate', id }, at }],
      );
      const over = [...flinkIds.values()].flatMap(({ forgetAt: at }): Due[] =>
        at === undefined ? [] : [{ command: { kind: 'cleanup', id: 'ids' }, at }],
      );
      const isHeld = (id: string): boolean => [...flinkIds.values()].some(({ targetId }) => targetId === id);
      for (const { id, deleted } of targets.values())
        if (deleted && !isHeld(id)) over.push({ command: { kind: 'cleanup', id: 'ids' }, at: new Date(0) });
      return [timers, ofJobs, savepoints.due(), strays, over.slice(0, 1)].flatMap((all) => firstDue(all, now()).slice(skip, skip + limit));
    }),

    events: later((namespace, { deploymentId, jobId }, { limit, after }) => {
      const from = after === undefined ? 0 : events.findIndex(({ id }) => id === after) + 1;
      return events
        .slice(from)
        .filter((event) => event.namespace === namespace && isLive(event.deploymentId))
        .filter((event) => (deploymentId ?? event.deploymentId) === event.deploymentId && (jobId ?? event.jobId) === event.jobId)
        .slice(0, limit);
    }),

    ...targetStore.store,

    savepoint: later(savepoints.store.savepoint),
    savepoints: later((namespace, filter, page) => pageOf(savepoints.store.savepoints(namespace, filter), page)),
    savepointVersion: later(savepoints.store.savepointVersion),
    deleteSavepoint: later(savepoints.store.deleteSavepoint),
    postponeSavepoint: later(savepoints.store.postponeSavepoint),

    ...strayStore.store,
    expiredJobs: later(retention.expiredJobs),
    deleteJobs: later(retention.deleteJobs),
    expiredEvents: later(retention.expiredEvents),
    deleteEvents: later(retention.deleteEvents),
    purgeDeployment: later(retention.purgeDeployment),
    forgetFlinkIds: later(retention.forgetFlinkIds),
    namespaces: later(access.namespaces),
    namespace: later(access.namespace),
    insertNamespace: later(access.insertNamespace),
    updateNamespace: later(access.updateNamespace),
    deleteNamespace: later((name) => {
      const deleted = access.deleteNamespace(name);
      for (const deletion of deletions.filter((one) => one.deleted?.namespace === name)) deletions.splice(deletions.indexOf(deletion), 1);
      return deleted;
    }),
    insertToken: later(access.insertToken),
    tokens: later(access.tokens),
    token: later(access.token),
    tokenByHash: later(access.tokenByHash),
    deleteToken: later(access.deleteToken),
    ...memoryWatch(rows, now),
    ...memoryKeys(now),
    declareRegime: later((declared) => {
      regime = declared;
    }),
    regime: later(() => {
      if (regime === undefined) throw refused('unavailable', 'no daemon has declared its settings yet');
      return regime;
    }),
    ...memoryDeclarations(now),
    now: later(now),
    ping: later(() => undefined),
  };
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

const pageOf = <T extends { id: string }>(rows: T[], page: Page | undefined): T[] =>
  page === undefined ? rows : rows.filter(({ id }) => id > (page.after ?? '')).slice(0, page.limit);

const firstDue = (all: readonly Due[], at: Date): Command[] =>
  all
    .filter((due) => due.at <= at)
    .sort((a, b) => a.at.getTime() - b.at.getTime())
    .map(({ command }) => command);

const refused = (code: ErrorCode, message: string): DreyError => new DreyError(code, message);
