import { Type } from 'typebox';
import { DreyError, isDreyError } from '../domain/errors.ts';
import { asking, type Refusal } from './ask.ts';
import { budget, type FlinkLimits } from './budget.ts';
import type { ClientListener } from './client.ts';
import { endpointName } from './endpoint-name.ts';
import { read, readNothing, type Reader } from './replies.ts';
import { hasThrowable, rootCause, type Throwable } from './throwables.ts';
import { transport, type Delivery, type Request } from './transport.ts';

/** The cells of a row; null stays null. */
export type Row = readonly unknown[];

/** What the gateway says of an operation (`…/result/0`): measured on 1.20.0 and 2.3.0. */
export type Result =
  | { readonly kind: 'running' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly chain: readonly Throwable[] }
  | { readonly kind: 'done'; readonly rows: readonly Row[] };

/**
 * The REST API of Flink's SQL Gateway: one method an endpoint, as far as Drey uses it. No retries, no memory. Every method but `deliver`
 * throws `clusterUnreachable` or `clusterAnsweredOddly`. A gateway knows its sessions by handle alone and cannot list them; no error tells a handle.
 */
export interface GatewayClient {
  /** Throws `sessionRefused` where the properties are at fault. */
  openSession(name: string, properties: Readonly<Record<string, string>>): Promise<string>;
  /** undefined: the session is not known. */
  sessionSettings(session: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Begins a statement; resolves with the handle of its operation. undefined: the session is not known. Errors of the statement come with its result. */
  execute(session: string, statement: string): Promise<string | undefined>;
  /** The same on a connection of its own, with options for this statement alone. Never throws. */
  deliver(session: string, statement: string, options: Readonly<Record<string, string>>): Promise<Delivery>;
  result(session: string, operation: string): Promise<Result>;
  /** One that is not known is fine. */
  closeSession(session: string): Promise<void>;
  close(): Promise<void>;
}

const MIB = 1024 * 1024;

/** Handles are put into paths. */
const Handle = Type.String({ pattern: '^[0-9a-fA-F-]{36}$' });

const readSession = read(Type.Object({ sessionHandle: Handle }), ({ sessionHandle }) => sessionHandle);
const readSettings = read(Type.Object({ properties: Type.Record(Type.String(), Type.String()) }), ({ properties }) => properties);
export const readOperationHandle = read(Type.Object({ operationHandle: Handle }), ({ operationHandle }) => operationHandle);

/**
 * The first page of a result. What is no query has all its rows there (3,000 of a DESCRIBE, measured), and can be read again and again, as long as nobody
 * asks for the next page: then its rows are gone.
 */
const readPage: Reader<Result> = read(
  Type.Object({
    resultType: Type.String(),
    results: Type.Optional(Type.Object({ data: Type.Array(Type.Object({ fields: Type.Array(Type.Unknown()) })) })),
  }),
  ({ resultType, results }) =>
    resultType === 'NOT_READY' ? { kind: 'running' } : { kind: 'done', rows: results?.data.map(({ fields }) => fields) ?? [] },
);

/** `url` is the gateway's REST address; all calls share its connections, its budget and its breaker. */
export function gatewayClient(url: URL, limits: FlinkLimits, listener: ClientListener): GatewayClient {
  const wire = transport(url, limits, ({ method, path }, code, tookMs) => listener.asked(endpointName(method, path), code, tookMs));
  const turns = budget(url.origin, limits, (state) => listener.breakerMoved(state));
  const ask = asking(wire, turns);

  const request = (method: Request['method'], path: string, body?: object): Request => ({
    method,
    path,
    maxBytes: 16 * MIB,
    limitMs: limits.readTimeoutMs,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const at = (session: string): string => `/v1/sessions/${encodeURIComponent(session)}`;
  const firstPage = (session: string, operation: string): string =>
    `/v2/sessions/${encodeURIComponent(session)}/operations/${encodeURIComponent(operation)}/result/0?rowFormat=JSON`;

  return {
    async openSession(sessionName, properties) {
      const answer = await ask.answer(request('POST', '/v1/sessions', { sessionName, properties }), readSession);
      if (!('fault' in answer)) return answer.value;
      const { refusal, fault } = answer;
      if (!isFaultOfProperties(refusal)) throw fault;
      throw new DreyError('sessionRefused', `the SQL Gateway opens no session with these options: ${rootCause(refusal.chain) ?? ''}`);
    },
    sessionSettings: (session) => untold([session], ask.unless(isUnknown, request('GET', at(session)), readSettings)),
    execute: (session, statement) =>
      untold([session], ask.unless(isUnknown, request('POST', `${at(session)}/statements`, { statement }), readOperationHandle)),
    async deliver(session, statement, executionConfig) {
      const sent = { ...request('POST', `${at(session)}/statements`, { statement, executionConfig }), limitMs: limits.submitTimeoutMs };
      try {
        const delivery = await turns.long(() => wire.deliver(sent));
        return 'message' in delivery ? { ...delivery, message: withoutHandles(delivery.message, [session]) } : delivery;
      } catch (error) {
        return { kind: 'notSent', message: error instanceof Error ? error.message : String(error) };
      }
    },
    async result(session, operation) {
      const handles = [session, operation];
      const answer = await untold(handles, ask.answer(request('GET', firstPage(session, operation)), readPage));
      if ('value' in answer) return answer.value;
      const { refusal, fault } = answer;
      if (isUnknown(refusal)) return { kind: 'gone' };
      // A result that cannot be made into an answer is told without a SqlExecutionException.
      if (refusal.status !== 500 || refusal.chain.length === 0) throw untoldError(fault, handles);
      return { kind: 'failed', chain: refusal.chain.map((one) => ({ ...one, message: withoutHandles(one.message, handles) })) };
    },
    async closeSession(session) {
      await untold([session], ask.unless(isUnknown, request('DELETE', at(session)), readNothing));
    },
    close: () => wire.close(),
  };
}

const withoutHandles = (text: string, handles: readonly string[]): string =>
  handles.reduce((told, handle) => told.replaceAll(handle, '…'), text);

const untoldError = ({ code, message, cause }: DreyError, handles: readonly string[]): DreyError =>
  new DreyError(code, withoutHandles(message, handles), { cause });

/** Who knows a handle can use its session: what a call throws does not tell it. */
async function untold<T>(handles: readonly string[], call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw isDreyError(error) ? untoldError(error, handles) : error;
  }
}

/** `Failed to openSession.` is said of options that cannot be, and of a gateway that has no place left. */
const isFaultOfProperties = ({ chain }: Refusal): boolean =>
  chain.some(({ message }) => message.startsWith('Failed to openSession')) &&
  !(chain.at(-1)?.className.endsWith('.SqlGatewayException') ?? true);

/**
 * 500 by every call: the session or the operation is not known, since the gateway was restarted, or the session was closed or idle for too long.
 * What a statement failed with may quote a script, and so hold any words.
 */
export const isUnknown = ({ chain }: Pick<Refusal, 'chain'>): boolean =>
  !hasThrowable(chain, 'SqlExecutionException') &&
  chain.some(
    ({ className, message }) =>
      className.endsWith('.SqlGatewayException') &&
      /^(Session '.*' does not exist\.|Can not find the submitted operation in the OperationManager)/.test(message),
  );
