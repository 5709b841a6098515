import { Redis } from 'ioredis';
import { DreyError } from '../domain/errors.ts';

export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly socketPath?: string | undefined;
  readonly password?: string | undefined;
}

const options = (settings: RedisSettings) => ({
  ...(settings.socketPath === undefined ? { host: settings.host, port: settings.port } : { path: settings.socketPath }),
  ...(settings.password === undefined ? {} : { password: settings.password }),
  // Back within two seconds of Redis' return; the library's own pauses grow to twenty.
  retryStrategy: (times: number) => Math.min(times * 200, 2000),
});

const WAIT_MS = 10_000;

/** A Redis that is there and says nothing for this long is away: the rows are the outbox. */
const SILENCE_MS = 2000;

/**
 * For callers that must hear at once that Redis is away. Resolves when Redis has answered once; throws `configuration` with the remedy
 * when it does not.
 */
export async function producerConnection(settings: RedisSettings): Promise<Redis> {
  const redis: Redis = new Redis({ ...options(settings), maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout: SILENCE_MS });
  let cause = new Error(`no answer within ${WAIT_MS} ms`);
  let timer: NodeJS.Timeout | undefined;
  const isReady = await new Promise<boolean>((resolve) => {
    redis.once('ready', () => resolve(true));
    redis.on('error', (error: Error) => (cause = error));
    timer = setTimeout(resolve, WAIT_MS, false);
  });
  clearTimeout(timer);
  if (isReady) return redis;
  redis.disconnect();
  throw new DreyError('configuration', `Redis cannot be reached: ${cause.message}; check drey.redis.host, port or socket-path`, { cause });
}

/** For workers, which wait for Redis as long as it takes. */
export const workerConnection = (settings: RedisSettings): Redis => new Redis({ ...options(settings), maxRetriesPerRequest: null });
