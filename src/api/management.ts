import { Readable } from 'node:stream';
import fastify, { type FastifyInstance } from 'fastify';
import type { Log } from '../ports/log.ts';
import type { CommandQueue } from '../ports/queue.ts';
import type { Store } from '../ports/store.ts';
import { answerErrors } from './errors.ts';

/** A dependency that does not answer within this time is not ready. */
const PATIENCE_MS = 2000;

export interface ManagementParts {
  readonly store: Pick<Store, 'ping'>;
  readonly queue: Pick<CommandQueue, 'ping'>;
  /** False until the daemon has begun to work. */
  readonly isStarted: () => boolean;
  readonly metrics: { readonly contentType: string; read(): AsyncIterable<string> };
  readonly log: Log;
}

/**
 * Builds the server for probes and metrics, on its own port; does not listen. `/healthz`: the process lives. `/readyz`: what it needs answers.
 * `/metrics`: what there is to count (docs/metrics.md), written as it is read.
 */
export function buildManagement({ store, queue, isStarted, metrics, log }: ManagementParts): FastifyInstance {
  const app: FastifyInstance = fastify();
  answerErrors(app, log);
  app.get('/healthz', () => ({ status: 'UP' }));
  app.get('/readyz', async (_request, reply) => {
    const [database, queues] = await Promise.all([faultOf(() => store.ping()), faultOf(() => queue.ping())]);
    const isReady = isStarted() && database === undefined && queues === undefined;
    if (!isReady) void reply.code(503).header('retry-after', '5');
    return { status: isReady ? 'UP' : 'DOWN', dependencies: { database: database ?? 'UP', queue: queues ?? 'UP' } };
  });
  app.get('/metrics', (_request, reply) => reply.type(metrics.contentType).send(Readable.from(metrics.read())));
  return app;
}

/** Why a dependency is not ready, in words; undefined when it is. */
async function faultOf(ping: () => Promise<void>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`DOWN: no answer within ${PATIENCE_MS} ms`), PATIENCE_MS);
  });
  const answer = ping().then(
    () => undefined,
    (error: unknown) => `DOWN: ${error instanceof Error ? error.message : String(error)}`,
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
