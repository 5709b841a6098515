import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { Client, Pool, type Dispatcher } from 'undici';
import { DreyError } from '../domain/errors.ts';
import type { FlinkLimits } from './budget.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With its query, and its parts encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
  /** From sending to the last byte of the answer. */
  readonly limitMs: number;
  readonly maxBytes: number;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** How a request on a connection of its own ended. */
export type Delivery =
  | { readonly kind: 'answered'; readonly reply: Reply }
  /** No connection came about: not a byte was sent. */
  | { readonly kind: 'notSent'; readonly message: string }
  /** It broke off later. The cluster may have got it. */
  | { readonly kind: 'unknown'; readonly message: string };

export interface Transport {
  /** The method and the whole address, for messages. */
  name(request: Pick<Request, 'method' | 'path'>): string;
  /** Throws `clusterUnreachable` when no whole answer came in time, `clusterAnsweredOddly` when it is larger than `maxBytes`. Never retries. */
  send(request: Request): Promise<Reply>;
  /** Sends on a connection of its own, so that an idle connection that died unnoticed cannot leave a submission in doubt. Never throws. */
  deliver(request: Request): Promise<Delivery>;
  close(): Promise<void>;
}

/** An idle connection is kept for longer than the probe's interval (5 s); undici's default of 4 s would open one at every look. */
const KEEP_ALIVE_MS = 30_000;

/** Is told how a request ended: its status, or why there is none. */
export type Asked = (request: Pick<Request, 'method' | 'path'>, code: string, tookMs: number) => void;

/** The connections to one cluster. `url` may have a path (a reverse proxy's). Redirects are not followed. */
export function transport(url: URL, limits: FlinkLimits, asked: Asked): Transport {
  const prefix = url.pathname.replace(/\/+$/, '');
  // Each request has a limit over its whole course, so undici's own per-phase limits are off.
  const options = {
    connectTimeout: limits.readTimeoutMs,
    ...(limits.allowsHost === undefined ? {} : { connect: { lookup: lookupOf(limits.allowsHost) } }),
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
  };
  const pool = new Pool(url.origin, { ...options, connections: limits.requestsAtOnce });
  const name = ({ method, path }: Pick<Request, 'method' | 'path'>): string => `${method} ${url.origin}${prefix}${path}`;

  async function exchange(dispatcher: Dispatcher, request: Request): Promise<Reply> {
    const { method, path, headers, body, limitMs, maxBytes } = request;
    // Not AbortSignal.timeout: that one fires after the answer as well, for nothing.
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), limitMs);
    const { signal } = limit;
    const began = performance.now();
    const hostname = url.hostname.replace(/^\[|\]$/g, '');
    const ended = (code: string): void => asked(request, code, performance.now() - began);
    try {
      // An address is not looked up.
      if (isIP(hostname) !== 0 && limits.allowsHost?.(hostname, hostname) === false) throw notAllowed(hostname, hostname);
      const response = await dispatcher.request({ method, path: prefix + path, headers: headers ?? null, body: body ?? null, signal });
      const text = await textOf(response.body, maxBytes);
      if (text === undefined) throw new DreyError('clusterAnsweredOddly', `${name(request)}: the answer is larger than ${maxBytes} bytes`);
      ended(String(response.statusCode));
      return { status: response.statusCode, text };
    } catch (error) {
      ended(signal.aborted ? 'timeout' : codeOf(error));
      // Of the body's own errors (an artifact that changed under way) the caller knows more than we do.
      if (error instanceof DreyError) throw error;
      const what = signal.aborted ? `no whole answer within ${limitMs} ms` : reasonOf(error);
      throw new DreyError('clusterUnreachable', `${name(request)}: ${what}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async function deliver(request: Request): Promise<Delivery> {
    const client = new Client(url.origin, options);
    const connection = { made: false };
    client.on('connect', () => (connection.made = true));
    try {
      return { kind: 'answered', reply: await exchange(client, request) };
    } catch (error) {
      return { kind: connection.made ? 'unknown' : 'notSent', message: error instanceof Error ? error.message : String(error) };
    } finally {
      await client.destroy();
    }
  }

  return { name, send: (request) => exchange(pool, request), deliver, close: () => pool.destroy() };
}

/** The name is resolved once for each connection, which goes to the addresses that were looked at. */
const lookupOf =
  (allows: NonNullable<FlinkLimits['allowsHost']>): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const refused = error === null ? addresses.find(({ address }) => !allows(hostname, address)) : undefined;
      const fault = refused === undefined ? error : notAllowed(hostname, refused.address);
      const [first] = fault === null ? addresses : [];
      if (options.all === true) callback(fault, fault === null ? addresses : []);
      else callback(fault, first?.address ?? '', first?.family);
    });
  };

const notAllowed = (hostname: string, address: string): Error =>
  new Error(`the host ${hostname}${hostname === address ? '' : ` (${address})`} is not one of drey.targets.allowed-hosts`);

/** The body as text; undefined when it is larger than `maxBytes`, whatever its header claimed. Leaving the loop early destroys the stream. */
async function textOf(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What went wrong, in the system's words: `connect ECONNREFUSED 127.0.0.1:8081`. An AggregateError (several addresses) has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? error.name : error.message;
}

const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  clusterAnsweredOddly: 'tooLarge',
};

/** Why a request has no status, in a word of a few; `broken`: the connection broke, or the body could not be read. */
const codeOf = (error: unknown): string =>
  CODES[error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''] ?? 'broken';
