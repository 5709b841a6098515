import { age } from './age.ts';
import type { KindName } from './kinds.ts';
import { oneLine } from './screen.ts';
import type { DefaultsView, DeploymentView, EventView, JobView, Resource, SavepointView, SecretView, TargetView } from './wire.ts';

export interface ViewOf {
  readonly deployment: DeploymentView;
  readonly job: JobView;
  readonly savepoint: SavepointView;
  readonly 'deployment-target': TargetView;
  readonly 'deployment-defaults': DefaultsView;
  readonly 'secret-value': SecretView;
  readonly event: EventView;
}

/** What cells are made with besides the resource itself. */
export interface Surroundings {
  readonly now: number;
  readonly deploymentName: (id: string) => string | undefined;
}

/** A column, and what stands in it. */
export interface Column<T> {
  readonly title: string;
  readonly wide?: true;
  /** It holds a state, which has a colour. */
  readonly isState?: true;
  readonly cell: (resource: T, around: Surroundings) => string | number | undefined;
}

const resourceVersion: Column<Resource> = {
  title: 'VERSION',
  wide: true,
  cell: ({ metadata }) => metadata.resourceVersion,
};
const created: Column<Resource> = {
  title: 'AGE',
  cell: ({ metadata }, { now }) => age(metadata.createdAt, now),
};

/** The columns of each kind, from left to right. */
export const COLUMNS: { readonly [K in KindName]: readonly Column<ViewOf[K]>[] } = {
  deployment: [
    { title: 'NAME', cell: ({ metadata }) => metadata.name },
    { title: 'STATE', isState: true, cell: ({ status }) => status.state },
    { title: 'WANTED', cell: ({ spec }) => spec.state },
    { title: 'TARGET', cell: ({ spec }) => spec.deploymentTargetName },
    created,
    { title: 'PARALLELISM', wide: true, cell: ({ spec }) => spec.template.spec.parallelism },
    { title: 'UPGRADE', wide: true, cell: ({ spec }) => spec.upgradeStrategy.kind },
    { title: 'JOB', wide: true, cell: ({ status }) => status.running?.jobId },
    { title: 'ID', wide: true, cell: ({ metadata }) => metadata.id },
    resourceVersion,
  ],
  job: [
    { title: 'ID', cell: ({ metadata }) => metadata.id },
    { title: 'DEPLOYMENT', cell: ({ metadata }) => metadata.deploymentName },
    { title: 'STATE', isState: true, cell: ({ status }) => status.state },
    { title: 'FLINK', isState: true, cell: ({ status }) => status.started?.observedFlinkJobStatus },
    { title: 'RESTARTS', cell: ({ status }) => status.started?.observedFlinkJobRestarts },
    { title: 'OBSERVED', cell: ({ status }, { now }) => age(status.started?.lastUpdateTime, now) },
    created,
    { title: 'TARGET', wide: true, cell: ({ metadata }) => metadata.sessionClusterName },
    { title: 'PARALLELISM', wide: true, cell: ({ spec }) => spec.parallelism },
    { title: 'ENDED', wide: true, cell: ({ metadata }, { now }) => age(metadata.terminatedAt, now) },
    resourceVersion,
    { title: 'MESSAGE', wide: true, cell: ({ status }) => status.failure?.message ?? status.starting?.waitingFor },
  ],
  savepoint: [
    { title: 'ID', cell: ({ metadata }) => metadata.id },
    { title: 'DEPLOYMENT', cell: ({ metadata }, { deploymentName }) => deploymentName(metadata.deploymentId) ?? metadata.deploymentId },
    { title: 'STATE', isState: true, cell: ({ status }) => status.state },
    { title: 'ORIGIN', cell: ({ metadata }) => metadata.origin },
    created,
    { title: 'JOB', wide: true, cell: ({ metadata }) => metadata.jobId },
    { title: 'LOCATION', cell: ({ spec }) => spec.savepointLocation },
    resourceVersion,
    { title: 'MESSAGE', wide: true, cell: ({ status }) => status.failure?.message },
  ],
  'deployment-target': [
    { title: 'NAME', cell: ({ metadata }) => metadata.name },
    { title: 'KIND', cell: ({ spec }) => Object.keys(spec)[0] },
    { title: 'URL', cell: ({ spec }) => Object.values(spec)[0]?.url },
    created,
    { title: 'ID', wide: true, cell: ({ metadata }) => metadata.id },
    resourceVersion,
  ],
  'deployment-defaults': [
    { title: 'NAMESPACE', cell: ({ metadata }) => metadata.namespace },
    created,
    resourceVersion,
    { title: 'SPEC', cell: ({ spec }) => JSON.stringify(spec) },
  ],
  'secret-value': [
    { title: 'NAME', cell: ({ metadata }) => metadata.name },
    created,
    { title: 'ID', wide: true, cell: ({ metadata }) => metadata.id },
    resourceVersion,
  ],
  event: [
    created,
    { title: 'DEPLOYMENT', cell: ({ metadata }, { deploymentName }) => deploymentName(metadata.deploymentId) ?? metadata.deploymentId },
    { title: 'NAME', cell: ({ metadata }) => metadata.name },
    { title: 'TIME', wide: true, cell: ({ metadata }) => metadata.createdAt },
    { title: 'JOB', wide: true, cell: ({ metadata }) => metadata.jobId },
    { title: 'MESSAGE', cell: ({ spec }) => spec.message },
  ],
};

/** The cells of a row, each in one line; a dash where there is nothing to tell. */
export const cellsOf = <T>(columns: readonly Column<T>[], resource: T, around: Surroundings, paint: (state: string) => string): string[] =>
  columns.map(({ cell, isState }) => {
    const text = oneLine(String(cell(resource, around) ?? '').trim()) || '-';
    return isState === true ? paint(text) : text;
  });
