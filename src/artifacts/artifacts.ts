import { resolve } from 'node:path';
import { DreyError } from '../domain/errors.ts';
import type { ArtifactRows, ArtifactStore } from '../ports/artifacts.ts';
import type { Log } from '../ports/log.ts';
import { artifactCache } from './cache.ts';
import { downloader } from './download.ts';
import { artifactFetcher, type ArtifactFetcher } from './fetcher.ts';
import { fileFetcher } from './file.ts';
import { s3Request, type S3Settings } from './s3.ts';
import { artifactStore } from './store.ts';

export interface ArtifactSettings {
  readonly directory: string;
  /** In bytes, as cacheSize. */
  readonly maxSize: number;
  readonly cacheDirectory: string;
  readonly cacheSize: number;
  readonly fetchTimeoutMs: number;
  readonly allowedSchemes: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly fileDirectories?: readonly string[];
  readonly s3: S3Settings;
}

/** The artifact store, and the fetcher of all that a jarUri may name. Throws `configuration` for half of the keys to S3. */
export function createArtifacts(
  settings: ArtifactSettings,
  rows: ArtifactRows,
  log: Log,
): { store: ArtifactStore; fetch: ArtifactFetcher } {
  const { directory, maxSize, cacheDirectory, cacheSize, fetchTimeoutMs: timeoutMs, allowedHosts, s3 } = settings;
  if ((s3.accessKeyId === undefined) !== (s3.secretAccessKey === undefined)) {
    throw new DreyError('configuration', 'drey.artifacts.s3: access-key-id and secret-access-key belong together; give both or neither');
  }
  const store = artifactStore(rows, resolve(directory), maxSize, log);
  const fetch = artifactFetcher({
    allowedSchemes: settings.allowedSchemes,
    file: fileFetcher(settings.fileDirectories),
    store,
    cache: artifactCache(resolve(cacheDirectory), { maxBytes: cacheSize, maxArtifactBytes: maxSize }),
    download: downloader({ timeoutMs, allowedHosts }),
    downloadFromS3: downloader({ timeoutMs }),
    s3Request: (uri) => s3Request(uri, s3),
  });
  return { store, fetch };
}
