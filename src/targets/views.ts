import { DreyError, isDreyError } from '../domain/errors.ts';
import { isAlive } from '../domain/job.ts';
import type { FlinkClient } from '../flink/client.ts';
import type { JobManager } from '../flink/replies.ts';
import type { ClusterView, ListedJob } from '../ports/targets.ts';

/*
 * INVARIANTS
 * - The fingerprint of a view is that of the JobManager that gave its overview. It is taken over from the view before only if that is proven: no
 *   call failed since, nothing vanished, and a job that was alive then is listed alive with the same start time (a JobManager that recovers a job
 *   starts it anew). Otherwise it is read again after the overview, and both must agree with what was read before.
 * - In the steady state a view is one request. An idle cluster proves nothing, and costs a second one.
 */

export interface Views {
  /** See `Cluster.view`. */
  readonly view: () => Promise<ClusterView>;
  /** True where the cluster offers `run-application` (Flink 2.3). Asked once for each incarnation of the JobManager. */
  readonly offersApplications: () => Promise<boolean>;
  /** See `Cluster.fingerprint`: read anew. */
  readonly fingerprint: () => Promise<string>;
  /** Passes on the outcome of a call; a failure means that the JobManager may have been replaced. */
  readonly watched: <T>(call: Promise<T>) => Promise<T>;
  /** What is known is wrong: read it anew. */
  readonly forget: () => void;
}

type Jobs = ReadonlyMap<string, ListedJob>;

interface Seen {
  readonly jobManager: JobManager;
  readonly jobs: Jobs;
  /** How many calls had failed when this was known to be true. */
  readonly failures: number;
}

/** A JobManager is replaced within seconds; more often in a row than this it is not worth waiting for. */
const ROUNDS_MAX = 3;

/** `endpoint` is for messages; `looked` is told whether a view came about. */
export function views(client: FlinkClient, endpoint: string, looked: (isUp: boolean) => void): Views {
  let seen: Seen | undefined;
  let version: { readonly fingerprint: string; readonly text: string } | undefined;
  let failures = 0;

  async function watched<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (isDreyError(error, 'clusterUnreachable') || isDreyError(error, 'clusterAnsweredOddly')) failures++;
      throw error;
    }
  }

  async function look(): Promise<ClusterView> {
    let failuresBefore = failures;
    let before = seen?.jobManager ?? (await client.jobManager());
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const began = performance.now();
      const jobs = await client.overview();
      if (!isProven(jobs)) {
        failuresBefore = failures;
        const after = await client.jobManager();
        if (after.fingerprint !== before.fingerprint) {
          before = after;
          continue;
        }
      }
      seen = { jobManager: before, jobs, failures: failuresBefore };
      return { ...before, endpoint: `GET ${endpoint}jobs/overview`, jobs, ageMs: () => performance.now() - began };
    }
    throw new DreyError('clusterUnreachable', `${endpoint}: the JobManager was replaced again and again while it was looked at`);
  }

  async function toldLook(): Promise<ClusterView> {
    try {
      const view = await watched(look());
      looked(true);
      return view;
    } catch (error) {
      looked(false);
      throw error;
    }
  }

  /** That the overview comes from the JobManager of the last view. */
  function isProven(jobs: Jobs): boolean {
    if (seen === undefined || seen.failures !== failures) return false;
    const earlier = [...seen.jobs.values()];
    return earlier.every(({ id }) => jobs.has(id)) && earlier.some((job) => isSameRun(job, jobs.get(job.id)));
  }

  /** Another JobManager than that of the last view: what is known of its jobs is void. */
  async function fingerprint(): Promise<string> {
    const failuresBefore = failures;
    const jobManager = await client.jobManager();
    if (seen?.jobManager.fingerprint !== jobManager.fingerprint) seen = { jobManager, jobs: new Map(), failures: failuresBefore };
    return jobManager.fingerprint;
  }

  return {
    view: singleFlight(toldLook),
    async offersApplications() {
      const current = seen?.jobManager.fingerprint ?? (await fingerprint());
      if (version?.fingerprint !== current) version = { fingerprint: current, text: await client.version() };
      return hasApplications(version.text);
    },
    fingerprint: () => watched(fingerprint()),
    watched,
    forget() {
      seen = undefined;
      version = undefined;
    },
  };
}

const isSameRun = (earlier: ListedJob, now: ListedJob | undefined): boolean =>
  isListedAlive(earlier) && now !== undefined && isListedAlive(now) && now.startedAtMs === earlier.startedAtMs;

const isListedAlive = ({ word }: ListedJob): boolean => word !== undefined && isAlive(word);

/** From 2.3 on: "2.3.0", "2.3-SNAPSHOT", "2.10.1-vendor". What cannot be read counts as old: `run` is there in every version. */
function hasApplications(version: string): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 3);
}

/**
 * Shares runs of `work`: one under way, and one more that waits for it to end. Whoever asks while one is under way shares the waiting one,
 * so the work that answers always began after the asker's call. A failed run fails those who share it, and no one else.
 */
function singleFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let waiting: Promise<T> | undefined;

  function start(): Promise<T> {
    waiting = undefined;
    const run = work();
    running = run;
    const over = (): void => {
      if (running === run) running = undefined;
    };
    run.then(over, over);
    return run;
  }

  return () => {
    if (running === undefined) return start();
    waiting ??= running.then(start, start);
    return waiting;
  };
}
