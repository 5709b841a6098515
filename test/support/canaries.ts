import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import type { DaemonWorld } from './daemon.ts';

/** A value that is found wherever it went. */
export interface Canary {
  readonly name: string;
  readonly value: string;
}

/** So much of a value at its beginning is enough to know it by. */
const TELLING = 12;

/** Values that begin with what tells them, each fourth with what shells, JSON and regular expressions care for behind it. */
export const canaries = (count: number): Canary[] =>
  Array.from({ length: count }, (_, i) => {
    const core = randomBytes(16).toString('hex');
    return { name: `canary_${i}`, value: i % 4 === 3 ? `${core} "$1' \\ $& (.*)` : core };
  });

/** The names of the canaries that a text holds, or the beginning of. */
export const canariesIn = (text: string, all: readonly Canary[]): string[] =>
  all.filter(({ value }) => text.includes(value.slice(0, TELLING))).map(({ name }) => name);

/** Everything that the database holds, as text. */
export async function databaseDump({ rows }: Pick<DaemonWorld, 'rows'>): Promise<string> {
  const tables = (await rows<Record<string, string>>('SHOW TABLES')).flatMap((row) => Object.values(row));
  const all = await Promise.all(
    tables.map(async (table) => [table, await rows<Record<string, unknown>>('SELECT * FROM ??', [table])] as const),
  );
  return all.flatMap(([table, found]) => found.map((row) => `${table} ${Object.values(row).map(shown).join(' ')}`)).join('\n');
}

const shown = (value: unknown): string => (Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value));

/** Everything that Redis holds, as text. */
export async function redisDump(socketPath: string): Promise<string> {
  const redis = new Redis({ path: socketPath });
  try {
    const keys = await redis.keys('*');
    const contents = await Promise.all(keys.map(async (key) => [key, await contentOf(redis, key)]));
    return JSON.stringify(contents);
  } finally {
    redis.disconnect();
  }
}

async function contentOf(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  switch (type) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, 0, '-1', 'WITHSCORES');
    case 'stream':
      return redis.xrange(key, '-', '+');
    case 'none':
      return undefined; // gone meanwhile
    default:
      throw new Error(`the dump knows no ${type}`);
  }
}
