import type { StoredState } from '../domain/savepoint-sight.ts';
import { downloader, type Download } from './download.ts';
import { s3ListRequest, type S3Settings } from './s3.ts';

/** A list has at most 1000 keys; far more than this is no list. */
const MOST_BYTES = 4 * 1024 * 1024;
const LIMIT_MS = 10_000;

/** A whole snapshot: Flink writes `_metadata` last. */
interface Snapshot {
  readonly prefix: string;
  readonly writtenAt: number;
}

interface Listed {
  /** What is behind the prefix up to the next "/". */
  readonly folders: readonly string[];
  readonly objects: readonly { readonly key: string; readonly writtenAt: number }[];
}

/**
 * The newest whole snapshot directly below a directory of S3 (`s3:`, `s3a:`, `s3p:`): by the highest number of a `chk-N`; savepoints, and the two kinds,
 * by their time. Never throws: a bucket that cannot be listed is "unknown".
 */
export function s3StoredState(settings: S3Settings, download: Download = downloader({ timeoutMs: LIMIT_MS })) {
  return async (directory: string): Promise<StoredState> => {
    const [, scheme, bucket, key] = /^(s3[ap]?):\/\/([^/]+)\/(.+?)\/*$/.exec(directory) ?? [];
    if (scheme === undefined || bucket === undefined || key === undefined)
      return { kind: 'unknown', why: `${directory} names no bucket and key` };
    try {
      const found = await newest(bucket, `${key}/`);
      if (found === undefined) return { kind: 'none' };
      return { kind: 'found', location: `${scheme}://${bucket}/${found.prefix.replace(/\/$/, '')}` };
    } catch (error) {
      return { kind: 'unknown', why: `${directory} cannot be listed: ${error instanceof Error ? error.message : String(error)}` };
    }
  };

  async function newest(bucket: string, directory: string): Promise<Snapshot | undefined> {
    const { folders } = await list(bucket, directory);
    const numbered = folders.flatMap((prefix) => {
      const number = /^chk-(\d+)\/$/.exec(prefix.slice(directory.length))?.[1];
      return number === undefined ? [] : [{ prefix, number: Number(number) }];
    });
    let latest: Snapshot | undefined;
    for (const { prefix } of numbered.sort((a, b) => b.number - a.number)) {
      latest = await whole(bucket, prefix);
      if (latest !== undefined) break;
    }
    for (const prefix of folders.filter((folder) => folder.slice(directory.length).startsWith('savepoint-'))) {
      const savepoint = await whole(bucket, prefix);
      if (savepoint !== undefined && savepoint.writtenAt > (latest?.writtenAt ?? 0)) latest = savepoint;
    }
    return latest;
  }

  async function whole(bucket: string, prefix: string): Promise<Snapshot | undefined> {
    const { objects } = await list(bucket, `${prefix}_metadata`);
    const metadata = objects.find(({ key }) => key === `${prefix}_metadata`);
    return metadata && { prefix, writtenAt: metadata.writtenAt };
  }

  async function list(bucket: string, prefix: string): Promise<Listed> {
    const folders: string[] = [];
    const objects: Listed['objects'][number][] = [];
    for (let after: string | undefined; ;) {
      const text = await download(await s3ListRequest(bucket, prefix, after, settings), ({ body }) => textOf(body));
      if (!text.includes('<ListBucketResult')) throw new Error('the answer is no list of objects');
      folders.push(...all(text, /<CommonPrefixes>\s*<Prefix>([^<]*)<\/Prefix>/g).map(([name = '']) => unescaped(name)));
      objects.push(
        ...all(text, /<Key>([^<]*)<\/Key>[^]*?<LastModified>([^<]*)<\/LastModified>/g).map(([name = '', time = '']) => ({
          key: unescaped(name),
          writtenAt: Date.parse(time),
        })),
      );
      after = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(text)?.[1];
      if (after === undefined) return { folders, objects };
    }
  }
}

/** Names are asked for as URLs have them, so nothing in them is XML. */
const unescaped = (name: string): string => decodeURIComponent(name.replaceAll('+', ' '));

const all = (text: string, pattern: RegExp): string[][] => [...text.matchAll(pattern)].map((match) => match.slice(1));

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.byteLength;
    if (bytes > MOST_BYTES) throw new Error(`the list is longer than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
