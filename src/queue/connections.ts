import { Redis } from 'ioredis';

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

/** For callers that must hear at once that Redis is away. Connects in the background. */
export const producerConnection = (settings: RedisSettings): Redis =>
  new Redis({ ...options(settings), maxRetriesPerRequest: 1, enableOfflineQueue: false });

/** For workers, which wait for Redis as long as it takes. */
export const workerConnection = (settings: RedisSettings): Redis => new Redis({ ...options(settings), maxRetriesPerRequest: null });
