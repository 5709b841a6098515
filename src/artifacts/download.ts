import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { promisify } from 'node:util';
import { Agent, request } from 'undici';
import { hostRules, type HostRules } from './hosts.ts';
import { Unfit } from './unfit.ts';

/** What is asked for. */
export interface Wanted {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** A 200, whose body has to be read before the promise of `receive` is settled, or a 304. */
interface Reply {
  readonly isNotModified: boolean;
  readonly etag: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** All addresses of a host. */
type Resolve = (hostname: string) => Promise<LookupAddress[]>;

export interface DownloadLimits {
  /** From the resolution of the name to the last byte. */
  readonly timeoutMs: number;
  /** Not given: any host, for one that the configuration names. */
  readonly allowedHosts?: readonly string[];
  readonly resolve?: Resolve;
}

export type Download = <T>(wanted: Wanted, receive: (reply: Reply) => Promise<T>) => Promise<T>;

const resolveByTheSystem: Resolve = async (hostname) => promisify(systemLookup)(hostname, { all: true, verbatim: true });

/**
 * Fetches over HTTP. The name is resolved once, each of its addresses has to be allowed, and the connection goes to those very addresses, so that a
 * name server that answers differently the second time gains nothing. Redirects are not followed. Throws Unfit.
 */
export function downloader({ timeoutMs, allowedHosts, resolve = resolveByTheSystem }: DownloadLimits): Download {
  const rules: HostRules = allowedHosts === undefined ? { allows: () => true } : hostRules(allowedHosts);

  return async ({ url, headers }, receive) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const addresses = await addressesOf(url, resolve, rules, signal);
    const agent = new Agent({
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: {
        lookup: (_hostname, { all }, callback) => {
          const [first] = addresses;
          if (all === true) callback(null, [...addresses]);
          else callback(null, first?.address ?? '', first?.family);
        },
      },
    });
    try {
      const {
        statusCode,
        headers: got,
        body,
      } = await request(url, { dispatcher: agent, signal, headers: { ...headers, 'accept-encoding': 'identity' } });
      const fault = faultOf(statusCode, url, headerOf(got['location']));
      if (fault !== undefined) throw fault;
      return await receive({ isNotModified: statusCode === 304, etag: headerOf(got['etag']), body });
    } catch (error) {
      throw signal.aborted ? tooSlow(url, timeoutMs, error) : ofTheNetwork(url, error);
    } finally {
      await agent.destroy();
    }
  };
}

async function addressesOf(url: URL, resolve: Resolve, rules: HostRules, signal: AbortSignal): Promise<LookupAddress[]> {
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = await Promise.race([resolve(hostname), rejected(signal)]).catch((cause: unknown) => {
    throw new Unfit(`the name of ${hostname} cannot be resolved (${codeOf(cause)})`, 'check the host and the name server', {
      mayPass: true,
      cause,
    });
  });
  const refused = addresses.find(({ address }) => !rules.allows(hostname, address));
  if (refused === undefined && addresses.length > 0) return addresses;
  const address = refused === undefined || refused.address === hostname ? '' : ` (${refused.address})`;
  throw new Unfit(
    `the host ${hostname}${address} is not one that jars may be fetched from`,
    'add the host or its range to drey.artifacts.allowed-hosts, or upload the jar',
  );
}

const rejected = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted')), { once: true });
  });

/** What a status means for a jar; undefined: it is there, or unchanged. */
function faultOf(status: number, url: URL, location: string | undefined): Unfit | undefined {
  if (status === 200 || status === 304) return undefined;
  const answered = `${url.host} answers ${status}`;
  if (status >= 300 && status < 400) {
    const host = location !== undefined && URL.canParse(location, url.href) ? ` to ${new URL(location, url).host}` : '';
    return new Unfit(`${answered}, a redirect${host}, and redirects are not followed`, 'name the address that it leads to');
  }
  if (status === 404 || status === 410) return new Unfit(`${answered}: it is not there`, 'put the jar there, or correct jarUri');
  if (status === 401 || status === 403) return new Unfit(`${answered}: it may not be read`, 'give the right credentials');
  return new Unfit(answered, 'see why', { mayPass: status >= 500 || status === 408 || status === 429 });
}

const tooSlow = ({ host }: URL, timeoutMs: number, cause: unknown): Unfit =>
  new Unfit(`${host} did not send it within ${timeoutMs / 1000} s`, 'use a nearer place, or raise drey.artifacts.fetch-timeout', {
    mayPass: true,
    cause,
  });

/** What undici and node say of connections and bodies that break; everything else is handed on. */
function ofTheNetwork({ host }: URL, error: unknown): unknown {
  const code = codeOf(error);
  if (
    error instanceof Unfit ||
    !/^(UND_ERR_|E[A-Z]+$|CERT_|ERR_TLS_|ERR_SSL_|DEPTH_|SELF_SIGNED_|UNABLE_TO_|HPE_|HTTPParserError)/.test(code)
  )
    return error;
  const what = code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' ? 'sent another number of bytes than it said' : `broke off (${code})`;
  return new Unfit(`${host} ${what}`, 'see whether it serves the jar', { mayPass: true, cause: error });
}

/** The code of an error, or else its name: one of undici's, for what is no HTTP, has a code only at times. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

const headerOf = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
