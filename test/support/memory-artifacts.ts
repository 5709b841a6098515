import type { Artifact } from '../../src/domain/artifact.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuid } from 'uuid';
import { artifactStore, type ReadableArtifactStore } from '../../src/artifacts/store.ts';
import { DreyError } from '../../src/domain/errors.ts';
import { artifactUri, type StoredArtifact } from '../../src/domain/stored-artifact.ts';
import type { ArtifactRows } from '../../src/ports/artifacts.ts';
import type { Store } from '../../src/ports/store.ts';

/** The rows of the artifact store in memory, beside the Deployments and Jobs of a Store. */
function memoryArtifactRows(store: Pick<Store, 'deployments' | 'jobs'>): ArtifactRows {
  const rows = new Map<string, StoredArtifact>();
  return {
    list: (namespace) => Promise.resolve([...rows.values()].filter((row) => row.namespace === namespace)),
    find: (namespace, filename) => Promise.resolve(rows.get(artifactUri(namespace, filename))),
    put(artifact) {
      const uri = artifactUri(artifact.namespace, artifact.filename);
      const before = rows.get(uri);
      const row =
        before?.sha256 === artifact.sha256
          ? before
          : { ...artifact, id: before?.id ?? uuid(), createdAt: new Date(), version: (before?.version ?? 0) + 1 };
      rows.set(uri, row);
      return Promise.resolve(row);
    },
    async remove(namespace, filename) {
      const uri = artifactUri(namespace, filename);
      const user = (await store.deployments(namespace)).find(({ spec }) => jarUriOf(spec.template.spec.artifact) === uri);
      const job = (await store.jobs(namespace, { active: true })).find(({ spec }) => jarUriOf(spec.artifact) === uri);
      if (user !== undefined || job !== undefined) throw new DreyError('conflict', `${filename} cannot be deleted: it is named`);
      return rows.delete(uri);
    },
    async used(hashes) {
      const pinned = (await store.jobs('default', { active: true })).map(({ artifactSha256 }) => artifactSha256);
      return hashes.filter((hash) => pinned.includes(hash) || [...rows.values()].some(({ sha256 }) => sha256 === hash));
    },
  };
}

/** An artifact store of a test's own; its folder is made by the first upload. */
export function memoryArtifacts(
  store: Pick<Store, 'deployments' | 'jobs'>,
  { directory = join(tmpdir(), `drey-test-artifacts-${uuid()}`), maxBytes = 1_000_000 } = {},
): ReadableArtifactStore & { readonly directory: string } {
  const ignore = (): void => undefined;
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  return { ...artifactStore(memoryArtifactRows(store), directory, maxBytes, log), directory };
}

const jarUriOf = (artifact: Artifact): string | undefined => (artifact.kind === 'JAR' ? artifact.jarUri : undefined);
