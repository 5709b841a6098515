import { COLUMNS, type ViewOf } from './columns.ts';
import { referenceTo, type KindName } from './kinds.ts';
import { createTable, printDocument, type Format } from './output.ts';
import type { Session } from './session.ts';
import type { DeploymentView } from './wire.ts';

/** Writes resources of one kind in one format; each call writes more of them. `now`: the server's. */
export type WriteResources<K extends KindName> = (resources: readonly ViewOf[K][], now: number) => Promise<void>;

export function resourceWriter<K extends KindName>({ server, screen }: Session, kind: K, format: Format): WriteResources<K> {
  switch (format) {
    case 'json':
    case 'yaml':
      return async (resources) => {
        for (const resource of resources) await printDocument(screen, format, resource);
      };
    case 'name':
      return (resources) => {
        screen.print(...resources.map(({ metadata }) => referenceTo(kind, metadata)));
        return Promise.resolve();
      };
    case 'table':
    case 'wide': {
      const table = createTable<ViewOf[K]>(screen, COLUMNS[kind], format === 'wide');
      const nameOf = deploymentNames(server, kind);
      return async (resources, now) => table(resources, { now, deploymentName: await nameOf(resources) });
    }
  }
}

/** The names of the Deployments that events and Savepoints speak of; asked for again when there is a new one. */
function deploymentNames(server: Session['server'], kind: KindName) {
  const names = new Map<string, string>();
  return async (resources: readonly ViewOf[KindName][]): Promise<(id: string) => string | undefined> => {
    const isUnknown = (one: ViewOf[KindName]): boolean =>
      (kind === 'event' || kind === 'savepoint') && 'deploymentId' in one.metadata && !names.has(one.metadata.deploymentId);
    if (resources.some(isUnknown)) {
      const { body } = await server.list<DeploymentView>('/deployments');
      for (const { metadata } of body.items) names.set(metadata.id, metadata.name);
    }
    return (id) => names.get(id);
  };
}
