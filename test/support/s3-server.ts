import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { jarServer, type JarServer } from './jar-server.ts';

export const S3_KEYS = { region: 'eu-test-1', accessKeyId: 'AKIATEST', secretAccessKey: 'secret/of+the=key' };

/** An S3 that holds objects by `/bucket/key` as sent, and answers only what is signed with its keys (AWS Signature Version 4, as its documentation says). */
export async function s3Server(
  objects: Readonly<Record<string, string>>,
  list: (url: URL) => string | undefined = () => undefined,
): Promise<JarServer> {
  const server = await jarServer();
  server.answer((request, response) => {
    const fault = signatureFault(request);
    const listed = list(new URL(request.url ?? '', server.url));
    const object = listed ?? objects[request.url ?? ''];
    if (fault !== undefined) response.writeHead(403).end(`<Error><Code>${fault}</Code></Error>`);
    else if (object === undefined) response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    else response.writeHead(200, { etag: `"${createHash('md5').update(object).digest('hex')}"` }).end(object);
  });
  return server;
}

/** ListObjectsV2 of a bucket by what each key was written at, a thousand names a page. */
export function s3Lists(bucket: string, keys: Readonly<Record<string, string>>): (url: URL) => string | undefined {
  return ({ pathname, searchParams }) => {
    if (pathname !== `/${bucket}` || searchParams.get('list-type') !== '2' || searchParams.get('encoding-type') !== 'url') return undefined;
    const prefix = searchParams.get('prefix') ?? '';
    const entries = new Map<string, string>();
    for (const [key, time] of Object.entries(keys)) {
      if (!key.startsWith(prefix)) continue;
      const end = key.indexOf('/', prefix.length);
      const name = encodeURIComponent(end < 0 ? key : key.slice(0, end + 1)).replaceAll('%20', '+');
      entries.set(
        name,
        end < 0
          ? `<Contents><Key>${name}</Key><LastModified>${time}</LastModified><Size>1</Size></Contents>`
          : `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`,
      );
    }
    const from = Number(searchParams.get('continuation-token') ?? 0);
    const page = [...entries.values()].slice(from, from + 1000).join('');
    const next = from + 1000 < entries.size ? `<NextContinuationToken>${from + 1000}</NextContinuationToken>` : '';
    return `<?xml version="1.0"?><ListBucketResult><Name>${bucket}</Name>${page}${next}</ListBucketResult>`;
  };
}

function signatureFault({ method = '', url = '', headers }: IncomingMessage): string | undefined {
  const [, credential = '', signedHeaders = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '') ?? [];
  const time = String(headers['x-amz-date']);
  const scope = `${time.slice(0, 8)}/${S3_KEYS.region}/s3/aws4_request`;
  if (credential !== `${S3_KEYS.accessKeyId}/${scope}`) return 'InvalidAccessKeyId';
  const sentAt = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(Date.now() - sentAt) < 900_000)) return 'RequestTimeTooSkewed';
  const names = signedHeaders.split(';');
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => names.includes(name))) return 'AccessDenied';
  const [path = '', query = ''] = url.split('?');
  const canonical = [
    method,
    path,
    query,
    ...names.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signedHeaders,
    String(headers['x-amz-content-sha256']),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = [S3_KEYS.region, 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${S3_KEYS.secretAccessKey}`, time.slice(0, 8)));
  return hmac(key, toSign).toString('hex') === signature ? undefined : 'SignatureDoesNotMatch';
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
