import { JOB_STATES, type JobState } from '../domain/job.ts';
import type { Figures } from '../ports/figures.ts';
import type { QueueFigures, QueuedCommands } from '../ports/queue.ts';
import { shared } from './readings.ts';
import { targetsNow, type HeardOfTarget, type Remembered } from './remembered.ts';
import type { Descriptor, Sample } from './text.ts';

/** A gauge that is asked for its values when it is read. */
export interface Gauge extends Descriptor {
  /** Left out while this is away. */
  readonly needs?: Dependency;
  readonly query: () => Promise<readonly Sample[]> | readonly Sample[];
}

export const DEPENDENCIES = ['database', 'queue'] as const;
export type Dependency = (typeof DEPENDENCIES)[number];

export interface GaugeParts {
  readonly figures: Figures;
  readonly queueFigures: QueueFigures;
  readonly remembered: Remembered;
  readonly version: string;
  /** Of the settings, without secrets. */
  readonly configHash: string;
  readonly nowMs: () => number;
}

/** What the database and the queue were asked is told again for so long. */
const MAX_AGE_MS = 3000;

const gauge = (name: string, help: string, labels: readonly string[], query: Gauge['query'], needs?: Dependency): Gauge => ({
  name,
  help,
  type: 'gauge',
  labels,
  query,
  ...(needs === undefined ? {} : { needs }),
});

/** Every gauge that is not a series of a Job's or a Deployment's own. */
export function gauges({ figures, queueFigures, remembered, version, configHash, nowMs }: GaugeParts): readonly Gauge[] {
  const ask = <T>(read: () => Promise<T>): (() => Promise<T>) => shared(read, MAX_AGE_MS, nowMs);
  const jobsByState = ask(() => figures.jobsByState());
  const strays = ask(() => figures.strays());
  const commands = ask(() => queueFigures.commands());
  const perKind = async (samples: (queued: QueuedCommands) => readonly Sample[]) => (await commands()).flatMap(samples);
  const perTarget = (samples: (target: string, heard: HeardOfTarget) => readonly Sample[]) => () =>
    targetsNow(remembered, nowMs()).flatMap(([target, heard]) => samples(target, heard));
  const perCleanup = (value: (cleanup: { pending: number; succeededAtMs: number }) => number) => () =>
    [...remembered.cleanups].map(([kind, cleanup]) => ({ labels: { kind }, value: value(cleanup) }));

  return [
    gauge('drey_build_info', 'Always 1: the release of Drey and of Node.', ['version', 'node'], () => [
      { labels: { version, node: process.version }, value: 1 },
    ]),
    gauge('drey_config_info', 'Always 1: a hash of the settings in effect, without secrets.', ['hash'], () => [
      { labels: { hash: configHash }, value: 1 },
    ]),
    gauge(
      'drey_jobs',
      'Jobs by state, all that the database holds.',
      ['state'],
      async () => {
        const counts = await jobsByState();
        return (Object.keys(JOB_STATES) as JobState[]).map((state) => ({ labels: { state }, value: counts.get(state) ?? 0 }));
      },
      'database',
    ),
    gauge(
      'drey_strays',
      'Live Flink jobs that no Job stands for: with an id of ours (drey), or of somebody else (foreign).',
      ['target', 'owner'],
      async () => (await strays()).map(({ target, owner, count }) => ({ labels: { target, owner }, value: count })),
      'database',
    ),
    gauge(
      'drey_queue_commands',
      'Commands in the queue.',
      ['kind', 'state'],
      () => perKind(({ kind, counts }) => Object.entries(counts).map(([state, value]) => ({ labels: { kind, state }, value }))),
      'queue',
    ),
    gauge(
      'drey_command_oldest_pending_seconds',
      'For how long the command that waits longest could have run; 0 where none waits.',
      ['kind'],
      () => perKind(({ kind, oldestPendingMs }) => [{ labels: { kind }, value: oldestPendingMs / 1000 }]),
      'queue',
    ),
    gauge(
      'drey_flink_target_up',
      '1 where the last look at a target succeeded; none where this process has not looked for ten minutes.',
      ['target'],
      perTarget((target, { isUp }) => (isUp === undefined ? [] : [{ labels: { target }, value: isUp ? 1 : 0 }])),
    ),
    gauge(
      'drey_target_breaker_state',
      '1 for the state of the breaker that leaves a failing target alone, 0 for the others.',
      ['target', 'state'],
      perTarget((target, { breaker }) =>
        (['closed', 'open', 'halfOpen'] as const).map((state) => ({ labels: { target, state }, value: state === breaker ? 1 : 0 })),
      ),
    ),
    gauge(
      'drey_retention_pending',
      'What the last cleanup left for the next; none before the first.',
      ['kind'],
      perCleanup(({ pending }) => pending),
    ),
    gauge(
      'drey_retention_last_success_timestamp_seconds',
      'When a whole cleanup succeeded last; none before the first.',
      ['kind'],
      perCleanup(({ succeededAtMs }) => succeededAtMs / 1000),
    ),
  ];
}
