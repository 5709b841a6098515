import { CommandError, EXIT, usage } from './exit.ts';
import type { Resource } from './wire.ts';

type Query = Readonly<Record<string, string | undefined>>;

/** What was answered, and when by the server's clock: ages are told by it, so that a wrong clock here does not matter. */
interface Answer<T> {
  readonly body: T;
  readonly status: number;
  readonly now: number;
}

interface List<T> {
  readonly metadata?: { readonly continue?: string };
  readonly items: readonly T[];
}

/** The server that a command asks. Every method throws a CommandError with the server's own message. */
export interface Server {
  readonly namespace: string;
  get<T>(path: string, query?: Query): Promise<Answer<T>>;
  /** As get, and undefined where there is no such thing. */
  find(path: string): Promise<Answer<Resource> | undefined>;
  /** All pages of a list as one; `body` has what the first page says besides its items. */
  list<T>(path: string, query?: Query): Promise<Answer<List<T>>>;
  /** Sends a form that is made while it is sent. */
  upload<T>(path: string, form: Form): Promise<Answer<T>>;
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object, timeoutMs?: number): Promise<Answer<T>>;
}

/** A form, in the parts that it is sent in. */
export interface Form {
  readonly contentType: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface ServerOptions {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly namespace: string;
  readonly token?: string | undefined;
  /** Is told what the server warns of although the request succeeded. */
  readonly onWarning: (text: string) => void;
}

const ANSWER_MS = 30_000;
/** A large jar over a slow line. */
const UPLOAD_MS = 3_600_000;

/** Unlike the other refusals, these may be over soon: the daemon's own 503, and those of a proxy before it. */
const AWAY = [502, 503, 504];

/** Those paths that are not in the namespace: of the API, and of what VVP's gateway has beside it (`/namespaces/v1/…`). */
const WHOLE = /^\/(?:api|((?:namespaces|apitokens|artifacts)\/v1|sql\/v1beta1))\//;

/** Connects to nothing yet. A path is one in the namespace, or a whole one; `{namespace}` in it is the namespace. Throws a usage error for what is no URL. */
export function createServer({ url, namespace, token, onWarning }: ServerOptions): Server {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw usage(`--server: "${url}" is not a URL; write it as http://host:8080`);
  const root = url.replace(/\/+$/, '');
  const base = `${root}/api/v1/namespaces/{namespace}`;

  const ask = async <T>(
    method: string,
    path: string,
    { query = {}, body, form, timeoutMs = ANSWER_MS }: Request = {},
  ): Promise<Answer<T>> => {
    const place = WHOLE.test(path) ? `${root}${path}` : `${base}${path}`;
    const address = new URL(place.replace('{namespace}', encodeURIComponent(namespace)));
    for (const [key, value] of Object.entries(query)) if (value !== undefined) address.searchParams.set(key, value);
    const { response, text } = await answerTo(address, method, { body, form, token }, timeoutMs).catch((error: unknown) => {
      throw new CommandError(EXIT.unreachable, `${root} cannot be reached: ${causeOf(error, timeoutMs)}`, { cause: error });
    });
    const answered = parsed(text);
    if (!response.ok)
      throw new Refusal(response.status, messageOf(answered) ?? `${address.href} answered ${response.status} ${response.statusText}`);
    // The gateway's answers are flat.
    if (answered === undefined || !(WHOLE.exec(path)?.[1] !== undefined || isOurs(answered))) throw strange(address.href);
    for (const warning of warningsOf(response.headers.get('warning') ?? '')) onWarning(warning);
    const now = Date.parse(response.headers.get('date') ?? '');
    return { body: answered as T, status: response.status, now: Number.isNaN(now) ? Date.now() : now };
  };

  return {
    namespace,
    get: (path, query = {}) => ask('GET', path, { query }),
    find: (path) =>
      ask<Resource>('GET', path).catch((error: unknown) => {
        if (isAbsent(error)) return undefined;
        throw error;
      }),
    async list<T>(path: string, query: Query = {}): Promise<Answer<List<T>>> {
      const page = async (from: Query): Promise<Answer<List<T>>> => {
        const answer = await ask<List<T>>('GET', path, { query: { ...query, ...from } });
        if (!Array.isArray(answer.body.items) || !answer.body.items.every(isOurs)) throw strange(`${root}${path}`);
        return answer;
      };
      const first = await page({});
      const items = [...first.body.items];
      let last: string | undefined;
      for (let next = first.body.metadata?.continue; next !== undefined;) {
        if (next === last) throw strange(`${root}${path}`);
        const { body } = await page({ continue: next });
        items.push(...body.items);
        last = next;
        next = body.items.length === 0 ? undefined : body.metadata?.continue;
      }
      return { ...first, body: { ...first.body, metadata: {}, items } };
    },
    upload: (path, form) => ask('POST', path, { form, timeoutMs: UPLOAD_MS }),
    send: (method, path, body, timeoutMs) =>
      ask(method, path, { ...(body === undefined ? {} : { body }), ...(timeoutMs === undefined ? {} : { timeoutMs }) }),
  };
}

/** What every answer of the API, and every item of its lists, has; those of artifacts have one of these, or nothing. */
const isOurs = (value: unknown): boolean =>
  isObject(value) &&
  (Object.keys(value).length === 0 ||
    ['metadata', 'status', 'artifact'].some((key) => isObject(value[key])) ||
    ['items', 'artifacts'].some((key) => Array.isArray(value[key])));

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const strange = (address: string): CommandError => new CommandError(EXIT.failed, `${address} does not answer as Drey does; check --server`);

interface Request {
  readonly query?: Query;
  readonly body?: object;
  readonly form?: Form;
  readonly timeoutMs?: number;
}

/** The server answered, and said no. */
class Refusal extends CommandError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(status === 401 || status === 403 ? EXIT.auth : AWAY.includes(status) ? EXIT.unreachable : EXIT.failed, message);
    this.status = status;
  }
}

/** True for the server's word that there is no such thing. */
export const isAbsent = (error: unknown): boolean => error instanceof Refusal && error.status === 404;

interface Sent {
  readonly body: object | undefined;
  readonly form: Form | undefined;
  readonly token: string | undefined;
}

async function answerTo(address: URL, method: string, { body, form, token }: Sent, timeoutMs: number) {
  const contentType = form?.contentType ?? (body === undefined ? undefined : 'application/json');
  const response = await fetch(address, {
    method,
    headers: {
      accept: 'application/json',
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(form === undefined ? {} : { body: ReadableStream.from(form.chunks), duplex: 'half' }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return { response, text: await response.text() };
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // HTML of a proxy, or another program's port
  }
}

const messageOf = (answered: object | undefined): string | undefined =>
  answered !== undefined && 'message' in answered && typeof answered.message === 'string' ? answered.message : undefined;

/** What kept a request from being answered; fetch says only that it failed, and names why as the cause. */
function causeOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const cause: unknown = error.cause ?? error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return cause instanceof Error && cause.message !== '' ? cause.message : code;
}

/** The texts of a Warning header (RFC 7234 5.5). */
const warningsOf = (header: string): string[] =>
  [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1'));
