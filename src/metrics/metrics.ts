import type { Figures } from '../ports/figures.ts';
import type { Listener } from '../ports/listener.ts';
import type { Log } from '../ports/log.ts';
import type { QueueFigures } from '../ports/queue.ts';
import { COUNTED, createCounted } from './counted.ts';
import { DEPENDENCIES, gauges, type Dependency } from './gauges.ts';
import { countingListener } from './listener.ts';
import { shared, within } from './readings.ts';
import { remembered } from './remembered.ts';
import { DEPLOYMENT_FAMILIES, JOB_FAMILIES, labelledDeployments, labelledJobs, rowFamiliesText } from './row-families.ts';
import { CONTENT_TYPE, familyText, type Descriptor } from './text.ts';

// INVARIANTS
// 1. A dependency that is away takes its metrics with it, and nothing else: the answer begins within a second.
// 2. What is read is read once, however many scrape at the same time.

export interface ExpositionParts {
  readonly figures: Figures;
  readonly queueFigures: QueueFigures;
  /** Each rejects while the dependency is away. */
  readonly ping: Readonly<Record<Dependency, () => Promise<void>>>;
  readonly version: string;
  readonly configHash: string;
  /** So many Jobs, and so many Deployments, have series of their own. */
  readonly maxJobs: number;
}

/** All metrics as text, made while it is read. */
interface Exposition {
  readonly contentType: string;
  read(): AsyncIterable<string>;
}

export interface Metrics {
  readonly listener: Listener;
  /** Once the parts are there: what listens has to be there before them. */
  exposition(parts: ExpositionParts): Exposition;
}

/** A dependency that does not answer within this time counts as away. */
const PING_MS = 500;

/** One that answers, but takes longer than this to be read, has its metrics left out. */
const READ_MS = 5000;

const DEPENDENCY_UP: Descriptor = {
  name: 'drey_dependency_up',
  help: '1 where the database and the queue answer; while one does not, what is read from it is left out.',
  type: 'gauge',
  labels: ['dependency'],
};
const LEFT_OUT: Descriptor = {
  name: 'drey_series_left_out',
  help: 'Jobs and Deployments beyond the most that have series of their own.',
  type: 'gauge',
  labels: ['kind'],
};

export function createMetrics(log: Log, nowMs: () => number = Date.now): Metrics {
  const counted = createCounted();
  const memory = remembered();
  const attempt = <T>(what: string, ask: () => Promise<T> | T, ms: number): Promise<T | undefined> =>
    within(ms, ask, (error) => log.debug({ what, error }, 'left out of the metrics'));
  return {
    listener: countingListener(counted, memory, nowMs, log),
    exposition(parts) {
      const { figures, maxJobs } = parts;
      const declared = gauges({ ...parts, remembered: memory, nowMs });
      const jobs = shared(() => labelledJobs(figures.jobSeries(maxJobs)), 0, nowMs);
      const deployments = shared(() => labelledDeployments(figures.deploymentSeries(maxJobs)), 0, nowMs);
      const pings = DEPENDENCIES.map((name) => ({ name, ping: shared(() => parts.ping[name]().then(() => true), 0, nowMs) }));
      const dependenciesUp = async (): Promise<ReadonlySet<Dependency>> => {
        const answers = await Promise.all(pings.map(async ({ name, ping }) => ({ name, isUp: await attempt(name, ping, PING_MS) })));
        return new Set(answers.filter(({ isUp }) => isUp === true).map(({ name }) => name));
      };

      const read = async function* (): AsyncGenerator<string, void, undefined> {
        const up = await dependenciesUp();
        yield await counted.text();
        yield familyText(
          DEPENDENCY_UP,
          DEPENDENCIES.map((dependency) => ({ labels: { dependency }, value: up.has(dependency) ? 1 : 0 })),
        );
        const asked = declared.filter(({ needs }) => needs === undefined || up.has(needs));
        const answers = await Promise.all(
          asked.map(async (gauge) => ({ gauge, samples: await attempt(gauge.name, gauge.query, READ_MS) })),
        );
        for (const { gauge, samples } of answers) if (samples !== undefined) yield familyText(gauge, samples);

        if (!up.has('database')) return;
        const [ofJobs, ofDeployments] = await Promise.all([attempt('jobs', jobs, READ_MS), attempt('deployments', deployments, READ_MS)]);
        const leftOut = { jobs: ofJobs?.leftOut, deployments: ofDeployments?.leftOut };
        yield familyText(
          LEFT_OUT,
          Object.entries(leftOut).flatMap(([kind, value]) => (value === undefined ? [] : [{ labels: { kind }, value }])),
        );
        if (ofDeployments !== undefined) yield* rowFamiliesText(DEPLOYMENT_FAMILIES, ofDeployments.rows);
        if (ofJobs !== undefined) yield* rowFamiliesText(JOB_FAMILIES, ofJobs.rows);
      };
      return { contentType: CONTENT_TYPE, read };
    },
  };
}

/** Every metric of Drey's own. */
export function catalogue(): readonly Descriptor[] {
  const nothing = (): never => {
    throw new Error('not asked');
  };
  const declared = gauges({
    figures: { jobsByState: nothing, jobSeries: nothing, deploymentSeries: nothing, strays: nothing },
    queueFigures: { commands: nothing },
    remembered: remembered(),
    version: '',
    configHash: '',
    nowMs: Date.now,
  });
  return [...COUNTED, DEPENDENCY_UP, ...declared, LEFT_OUT, ...DEPLOYMENT_FAMILIES, ...JOB_FAMILIES];
}
