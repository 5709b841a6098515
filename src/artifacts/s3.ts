import { AwsV4Signer } from 'aws4fetch';
import type { Wanted } from './download.ts';
import { Unfit } from './unfit.ts';

export interface S3Settings {
  /** `http://minio:9000`; not given: AWS' own of the region. */
  readonly endpoint?: string;
  readonly region: string;
  /** Both or neither; without them nothing is signed, for buckets that everybody may read. */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

/** The signed request for an object by its `s3://bucket/key`, path-style (`endpoint/bucket/key`), which every S3 takes. Throws Unfit. */
export async function s3Request(uri: string, settings: S3Settings): Promise<Wanted> {
  const [, bucket, key] = /^s3:\/\/([0-9a-z][0-9a-z.-]{1,61}[0-9a-z])\/(.+)$/i.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) throw new Unfit('it names no bucket and key', 'write it as s3://bucket/path/of/the.jar');
  const url = new URL(`${baseOf(settings)}/${bucket}/${key.split('/').map(escaped).join('/')}`);
  // A key may hold "." and ".." as parts, which a URL cannot say.
  if (!url.pathname.endsWith(`/${key.split('/').map(escaped).join('/')}`))
    throw new Unfit('its key has "." or ".." in it', 'give it another key');
  return signed(url, settings);
}

/** The signed request for the keys that begin with a prefix, each up to the next "/" behind it; `after`: the token of the list before. */
export function s3ListRequest(bucket: string, prefix: string, after: string | undefined, settings: S3Settings): Promise<Wanted> {
  // In the order in which they are signed.
  const query = [
    ...(after === undefined ? [] : [`continuation-token=${escaped(after)}`]),
    'delimiter=%2F',
    'encoding-type=url',
    'list-type=2',
    `prefix=${escaped(prefix)}`,
  ];
  return signed(new URL(`${baseOf(settings)}/${bucket}?${query.join('&')}`), settings);
}

const baseOf = ({ endpoint, region }: S3Settings): string => (endpoint ?? `https://s3.${region}.amazonaws.com`).replace(/\/+$/, '');

async function signed(url: URL, { region, accessKeyId, secretAccessKey }: S3Settings): Promise<Wanted> {
  if (accessKeyId === undefined || secretAccessKey === undefined) return { url, headers: {} };
  const signer = new AwsV4Signer({ method: 'GET', url: url.href, service: 's3', region, accessKeyId, secretAccessKey });
  const { headers } = await signer.sign();
  return { url, headers: Object.fromEntries(headers) };
}

/** As SigV4 escapes: everything but letters, digits and `-._~`. */
const escaped = (part: string): string =>
  encodeURIComponent(part).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
