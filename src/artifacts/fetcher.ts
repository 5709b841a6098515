import type { FetchedArtifact } from '../ports/targets.ts';
import type { ArtifactCache } from './cache.ts';
import type { Download, Wanted } from './download.ts';
import type { ReadableArtifactStore } from './store.ts';
import { inWords, Unfit } from './unfit.ts';

/** The Job that an artifact is fetched for. */
interface FetchingJob {
  readonly namespace: string;
  /** What it was submitted with before: these bytes are taken where they are still there. */
  readonly sha256?: string;
  /** What messages call the URI, where it has a secret in it. */
  readonly shownAs?: string;
}

/**
 * Turns the URI of an artifact into bytes on this machine. Throws `artifactUnavailable` with the URI, what is wrong and the remedy, or
 * `artifactUnreachable` where that may be over soon.
 */
export type ArtifactFetcher = (jarUri: string, job: FetchingJob) => Promise<FetchedArtifact>;

export interface FetcherParts {
  readonly allowedSchemes: readonly string[];
  readonly file: ArtifactFetcher;
  readonly store: Pick<ReadableArtifactStore, 'open'>;
  readonly cache: ArtifactCache;
  /** For http: and https:, bound by the rules for hosts. */
  readonly download: Download;
  /** For s3:, to the endpoint of the configuration. */
  readonly downloadFromS3: Download;
  readonly s3Request: (uri: string) => Promise<Wanted>;
}

/** Strong ETags of so many URIs are remembered. */
const MOST_ETAGS = 1000;

/** Fetches by every scheme that is allowed. Whoever asks for a URI that is being fetched shares that. */
export function artifactFetcher({
  allowedSchemes,
  file,
  store,
  cache,
  download,
  downloadFromS3,
  s3Request,
}: FetcherParts): ArtifactFetcher {
  const flights = new Map<string, Promise<FetchedArtifact>>();
  const etags = new Map<string, { readonly etag: string; readonly sha256: string }>();

  const load = async (uri: string, wanted: Wanted, by: Download): Promise<FetchedArtifact> => {
    const before = etags.get(uri);
    const known = before && (await cache.find(before.sha256));
    const condition = before === undefined || known === undefined ? {} : { 'if-none-match': before.etag };
    return by({ ...wanted, headers: { ...wanted.headers, ...condition } }, async ({ isNotModified, etag, body }) => {
      if (isNotModified && known !== undefined) return known;
      const fetched = await cache.keep(body);
      etags.delete(uri);
      // A weak one stands for what is as good, not for the same bytes.
      if (etag?.startsWith('"') === true) etags.set(uri, { etag, sha256: fetched.sha256 });
      const [oldest] = etags.keys();
      if (etags.size > MOST_ETAGS && oldest !== undefined) etags.delete(oldest);
      return fetched;
    });
  };

  const remote = (uri: string, scheme: string): Promise<FetchedArtifact> => {
    const known = flights.get(uri);
    if (known !== undefined) return known;
    const flight = (
      scheme === 's3' ? s3Request(uri).then((wanted) => load(uri, wanted, downloadFromS3)) : load(uri, httpRequest(uri), download)
    ).finally(() => flights.delete(uri));
    flights.set(uri, flight);
    return flight;
  };

  const fetchBy = async (scheme: string, uri: string, job: FetchingJob): Promise<FetchedArtifact> => {
    if (!allowedSchemes.includes(scheme)) {
      throw new Unfit(
        `jars are not fetched by ${scheme}:`,
        `use ${allowedSchemes.map((one) => `${one}:`).join(', ')}, or change drey.artifacts.allowed-schemes`,
      );
    }
    if (scheme === 'file') return file(uri, job);
    if (scheme === 'artifact') return store.open(uri, job);
    return (job.sha256 === undefined ? undefined : await cache.find(job.sha256)) ?? remote(uri, scheme);
  };

  return async (jarUri, job) => {
    try {
      const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(jarUri)?.[1]?.toLowerCase();
      if (scheme === undefined) throw new Unfit('it is not a URI', 'write it as file:///path/to/job.jar');
      return await fetchBy(scheme, jarUri, job);
    } catch (error) {
      throw inWords(job.shownAs ?? jarUri, error);
    }
  };
}

/** User and password of a URL go into a header. */
function httpRequest(uri: string): Wanted {
  if (!URL.canParse(uri)) throw new Unfit('it is not a URL', 'write it as https://host/path/of/the.jar');
  const url = new URL(uri);
  const credentials = `${unescaped(url.username)}:${unescaped(url.password)}`;
  url.username = '';
  url.password = '';
  return { url, headers: credentials === ':' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } };
}

/** Where a "%" stands for itself, the text does too. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
