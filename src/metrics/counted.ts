import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { COMMAND_KINDS } from '../domain/due.ts';
import { transitions } from '../domain/job-machine.ts';
import type { JobState } from '../domain/job.ts';
import type { Descriptor } from './text.ts';

type Given = Pick<Descriptor, 'name' | 'help' | 'labels'>;

const COUNTERS = {
  transitions: { name: 'drey_job_transitions_total', help: 'Transitions of Jobs; a new Job comes from NONE.', labels: ['from', 'to'] },
  commands: { name: 'drey_commands_total', help: 'Commands that workers ran, by how that ended.', labels: ['kind', 'outcome'] },
  staleWrites: {
    name: 'drey_stale_writes_total',
    help: 'Guarded writes that found another version of the row, and were decided anew.',
    labels: [],
  },
  straysCancelled: { name: 'drey_strays_cancelled_total', help: 'Flink jobs without a Job that were cancelled.', labels: [] },
  requeued: { name: 'drey_requeued_total', help: 'Due commands that repair put to the queue again.', labels: ['kind'] },
  deleted: { name: 'drey_retention_deleted_total', help: 'Rows that the cleanup deleted.', labels: ['kind'] },
} as const satisfies Record<string, Given>;

const HISTOGRAMS = {
  transitionDuration: {
    name: 'drey_job_transition_duration_seconds',
    help: 'How long Jobs were in the state that they left.',
    labels: ['transition'],
    buckets: [0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 86_400],
  },
  commandDuration: {
    name: 'drey_command_duration_seconds',
    help: 'How long one run of a command took.',
    labels: ['kind'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 5, 10, 30, 120],
  },
  probeAge: {
    name: 'drey_probe_age_seconds',
    help: 'How old observations of Jobs were when they were written.',
    labels: [],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 15, 30],
  },
  sweepDuration: {
    name: 'drey_sweep_duration_seconds',
    help: 'How long one pass over the clusters of a shard took.',
    labels: [],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30],
  },
  sweepLag: {
    name: 'drey_sweep_lag_seconds',
    help: 'How long after its time a pass over a shard began.',
    labels: [],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60],
  },
  flinkRequest: {
    name: 'drey_flink_request_duration_seconds',
    help: 'How long requests to Flink took, by the status that came back or why none did.',
    labels: ['target', 'endpoint', 'code'],
    buckets: [0.01, 0.05, 0.25, 1, 5, 30],
  },
} as const satisfies Record<string, Given & { readonly buckets: readonly number[] }>;

export const COUNTED: readonly Descriptor[] = [
  ...Object.values(COUNTERS).map((given) => ({ ...given, type: 'counter' as const })),
  ...Object.values(HISTOGRAMS).map((given) => ({ ...given, type: 'histogram' as const })),
];

/** Gauges that are named like counters, which `promtool check metrics` does not accept. */
const REFUSED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** What this process counts, and Node's own metrics. The only file that knows prom-client. */
export function createCounted() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of REFUSED) registry.removeSingleMetric(name);

  const counter = <L extends string>({ name, help, labels }: { name: string; help: string; labels: readonly L[] }) =>
    new Counter({ name, help, labelNames: labels, registers: [registry] });
  const histogram = <L extends string>(given: { name: string; help: string; labels: readonly L[]; buckets: readonly number[] }) =>
    new Histogram({ ...given, labelNames: given.labels, buckets: [...given.buckets], registers: [registry] });

  const counted = {
    transitions: counter(COUNTERS.transitions),
    commands: counter(COUNTERS.commands),
    staleWrites: counter(COUNTERS.staleWrites),
    straysCancelled: counter(COUNTERS.straysCancelled),
    requeued: counter(COUNTERS.requeued),
    deleted: counter(COUNTERS.deleted),
    transitionDuration: histogram(HISTOGRAMS.transitionDuration),
    commandDuration: histogram(HISTOGRAMS.commandDuration),
    probeAge: histogram(HISTOGRAMS.probeAge),
    sweepDuration: histogram(HISTOGRAMS.sweepDuration),
    sweepLag: histogram(HISTOGRAMS.sweepLag),
    flinkRequest: histogram(HISTOGRAMS.flinkRequest),
    text: () => registry.metrics(),
  };
  beginAtZero(counted);
  return counted;
}

export type Counted = ReturnType<typeof createCounted>;

/** How a transition is called as a label. */
export const transitionName = (from: JobState, to: JobState): string => `${from}_TO_${to}`;

/** What can be named beforehand is there before it happens: a rate over a series that begins at 1 misses its first event. */
function beginAtZero({ transitions: counts, commands, requeued, deleted, transitionDuration, commandDuration }: Counted): void {
  counts.inc({ from: 'NONE', to: 'STARTING' }, 0);
  for (const { from: sources, to } of Object.values(transitions)) {
    if (to === 'same') continue;
    for (const from of sources) {
      counts.inc({ from, to }, 0);
      transitionDuration.zero({ transition: transitionName(from, to) });
    }
  }
  for (const kind of COMMAND_KINDS) {
    for (const outcome of ['done', 'snoozed', 'failed', 'setAside']) commands.inc({ kind, outcome }, 0);
    commandDuration.zero({ kind });
    requeued.inc({ kind }, 0);
  }
  for (const kind of ['jobs', 'events', 'deployments', 'ids']) deleted.inc({ kind }, 0);
}
