import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { artifactCache } from '../../src/artifacts/cache.ts';
import { downloader, type DownloadLimits } from '../../src/artifacts/download.ts';
import { artifactFetcher, type ArtifactFetcher } from '../../src/artifacts/fetcher.ts';
import { fileFetcher } from '../../src/artifacts/file.ts';
import { s3Request } from '../../src/artifacts/s3.ts';
import { jarServer, type JarServer } from './jar-server.ts';
import { memoryArtifacts } from './memory-artifacts.ts';
import { memoryStore } from './memory-store.ts';

export const sha256 = (bytes: string): string => createHash('sha256').update(bytes).digest('hex');
export const JOB = { namespace: 'default' };
const MOST = 1_000_000;

/** A folder, a server and fetchers of each test's own, for the suite that calls this. */
export function fetchingWorld() {
  let folder: string;
  let server: JarServer;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'drey-test-fetching-'));
    server = await jarServer();
  });
  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Options extends Partial<DownloadLimits> {
    readonly cacheBytes?: number;
    readonly inUseMs?: number;
    readonly s3?: Parameters<typeof s3Request>[1];
    readonly allowedSchemes?: readonly string[];
    readonly folders?: readonly string[];
  }
  const cacheFolder = (): string => join(folder, 'cache');
  const cached = (): string[] => (existsSync(cacheFolder()) ? readdirSync(cacheFolder()).sort() : []);
  const stored = () => memoryArtifacts(memoryStore(), { directory: join(folder, 'store') });

  function fetcher({
    cacheBytes = 10 * MOST,
    inUseMs,
    s3 = { region: 'r' },
    folders,
    store = stored(),
    ...options
  }: Options & { store?: ReturnType<typeof stored> } = {}): ArtifactFetcher {
    const limits = { timeoutMs: 5000, allowedHosts: ['127.0.0.1'], ...options };
    return artifactFetcher({
      allowedSchemes: options.allowedSchemes ?? ['artifact', 'file', 'http', 'https', 's3'],
      file: fileFetcher(folders),
      store,
      cache: artifactCache(cacheFolder(), { maxBytes: cacheBytes, maxArtifactBytes: MOST }, inUseMs),
      download: downloader(limits),
      downloadFromS3: downloader({ timeoutMs: limits.timeoutMs }),
      s3Request: (uri) => s3Request(uri, s3),
    });
  }
  const serves = (bytes: string, etag?: string): void =>
    server.answer((request, response) => {
      if (etag !== undefined && request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.writeHead(200, etag === undefined ? {} : { etag }).end(bytes);
    });
  return { folder: () => folder, server: () => server, cacheFolder, cached, stored, fetcher, serves };
}
