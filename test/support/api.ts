import type { FastifyInstance } from 'fastify';
import { v7 as uuid } from 'uuid';
import type { ApiParts } from '../../src/api/resource.ts';
import { buildServer } from '../../src/api/server.ts';
import type { DeploymentSpec } from '../../src/domain/deployment.ts';
import type { Command } from '../../src/domain/due.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { DreyError } from '../../src/domain/errors.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Store } from '../../src/ports/store.ts';
import type { TargetDriver } from '../../src/ports/targets.ts';
import { deaf, LIMITS } from './factories.ts';
import { memoryArtifacts } from './memory-artifacts.ts';
import { secretBox } from '../../src/secrets/box.ts';
import { memoryStore } from './memory-store.ts';

/** The key of the daemon that a test speaks to. */
export const TEST_KEY = new Uint8Array(32).fill(7);

const BASE = '/api/v1/namespaces/default';

/** The API over a Store in memory, and what it woke and logged. */
export interface TestApi {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly engine: Engine;
  readonly woken: Command[];
  readonly errors: object[];
  readonly send: (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>;
  /** Sends a new Deployment. */
  readonly post: (body: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** Sends a change of the Deployment with this name or id. */
  readonly patch: (name: string, body: unknown, headers?: Record<string, string>) => Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly body: Body;
}

/** What a test reads of an answer: of a resource, a list or an error; each has only some of it. */
interface Body {
  readonly kind: string;
  readonly metadata: {
    readonly id: string;
    readonly name: string;
    readonly resourceVersion: number;
    readonly continue?: string;
    readonly labels: object;
    readonly displayName?: string;
  };
  readonly spec: DeploymentSpec & { readonly message: string };
  readonly status: {
    readonly state: string;
    readonly running?: { readonly jobId: string; readonly conditions: readonly object[] };
    readonly started?: object;
    readonly failure?: object;
  };
  readonly items: readonly Body[];
  readonly statusCode: number;
  readonly reason: string;
  readonly message: string;
  readonly context: object;
}

/** The API alone: no cluster answers. */
export const noClusters: Pick<TargetDriver, 'cluster' | 'sqlGateway'> = {
  cluster: ({ name }) => {
    throw new DreyError('clusterUnreachable', `${name} is not there`);
  },
  sqlGateway: ({ name }) => {
    throw new DreyError('clusterUnreachable', `the gateway of ${name} is not there`);
  },
};

/** With a target called `local`. A body that is a string is sent as it is, anything else as JSON. */
export async function testApi(
  store: Store = memoryStore(),
  targets: Pick<TargetDriver, 'cluster' | 'sqlGateway'> = noClusters,
  parts: Partial<ApiParts> = {},
): Promise<TestApi> {
  const woken: Command[] = [];
  const errors: object[] = [];
  const ignore = (): void => undefined;
  const log: Log = { debug: ignore, info: ignore, warn: ignore, error: (fields) => errors.push(fields) };
  const queue = {
    wake: (command: Command) => Promise.resolve(void woken.push(command)),
    ensure: () => Promise.resolve(),
    ping: () => Promise.resolve(),
  };
  const engine = createEngine({ store, queue, limits: LIMITS, newId: () => uuid(), listener: deaf, log });
  const app = await buildServer({
    store,
    engine,
    targets,
    artifacts: memoryArtifacts(store),
    auth: { enabled: false, requestsPerSecond: 100 },
    secretBox: secretBox(TEST_KEY),
    globalDefaults: {},
    version: '1.2.3',
    log,
    watchLimits: { pollMs: 25 },
    ...parts,
  });
  const send: TestApi['send'] = async (method, path, body, headers = {}) => {
    const url = /^\/(api|docs|[a-z]+\/v1|sql\/v1beta1)\b/.test(path) ? path : `${BASE}${path}`;
    const payload = body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) };
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await app.inject({ method, url, headers: { ...type, ...headers }, ...payload });
    const isJson = String(answer.headers['content-type']).startsWith('application/json') && answer.body !== '';
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, body: JSON.parse(isJson ? answer.body : '{}') as Body };
  };
  const post: TestApi['post'] = (body, headers) => send('POST', '/deployments', body, headers);
  const patch: TestApi['patch'] = (name, body, headers) => send('PATCH', `/deployments/${name}`, body, headers);
  await send('POST', '/deployment-targets', { metadata: { name: 'local' }, spec: { session: { url: 'http://localhost:8081' } } });
  return { app, store, engine, woken, errors, send, post, patch };
}

/** A small Deployment as a client would send it. */
export const manifest = (name: string, spec: object = {}, template: object = {}): Record<string, unknown> => ({
  metadata: { name },
  spec: {
    deploymentTargetName: 'local',
    template: { spec: { artifact: { kind: 'JAR', jarUri: 'file:///jobs/counting.jar' }, ...template } },
    ...spec,
  },
});
