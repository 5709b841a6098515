import type { World } from './world.ts';

/** What the record says of all Jobs at one moment. */
export interface RecordSample {
  /** How long ago the living Jobs were observed. */
  readonly agesMs: readonly number[];
  readonly jobs: number;
  readonly dead: number;
  /** Of those on dead clusters. */
  readonly unknown: number;
  readonly started: number;
}

interface Row {
  target: string;
  state: string;
  word: string | null;
  /** Microseconds. */
  age: number;
}

/** By the database's clock. */
export async function sampleRecord({ db, deadTargets }: World): Promise<RecordSample> {
  const [rows] = (await db.raw(
    'SELECT LOWER(HEX(target_id)) AS target, state, flink_word AS word, TIMESTAMPDIFF(MICROSECOND, observed_at, NOW(3)) AS age FROM jobs',
  )) as [Row[]];
  const dead = rows.filter(({ target }) => deadTargets.has(target));
  return {
    agesMs: rows.filter(({ target }) => !deadTargets.has(target)).map(({ age }) => age / 1000),
    jobs: rows.length,
    dead: dead.length,
    unknown: dead.filter(({ word }) => word === 'UNKNOWN').length,
    started: rows.filter(({ state }) => state === 'STARTED').length,
  };
}
