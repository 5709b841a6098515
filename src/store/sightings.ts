import type { Knex } from 'knex';
import { isNews } from '../domain/sighting.ts';
import type { Sighting } from '../ports.ts';
import { clipped, toBinary } from './columns.ts';

/**
 * One statement for a whole pass of the probe. The join is on the binary primary key (a collation mismatch would make it a full scan
 * that locks every row), the batch is sorted by it (overlapping unsorted batches deadlock), and each row is guarded by its version
 * and by the time of its last observation.
 */
export const SIGHTINGS_SQL = `
  UPDATE jobs t
  JOIN JSON_TABLE(?, '$[*]' COLUMNS (
    id       CHAR(32) CHARACTER SET ascii PATH '$.id',
    version  INT UNSIGNED PATH '$.version',
    moved    INT PATH '$.moved',
    look     INT PATH '$.look',
    age      INT UNSIGNED PATH '$.age',
    word     VARCHAR(16) CHARACTER SET ascii PATH '$.word',
    restarts INT UNSIGNED PATH '$.restarts',
    print    VARCHAR(64) PATH '$.print',
    missing  VARCHAR(64) PATH '$.missing',
    since    VARCHAR(23) PATH '$.since',
    waiting  VARCHAR(2000) PATH '$.waiting'
  )) s ON t.id = UNHEX(s.id) AND t.version = s.version
  SET t.version = t.version + s.moved,
      t.observed_at = IF(s.look = 1, NOW(3) - INTERVAL s.age * 1000 MICROSECOND, t.observed_at),
      t.flink_word = s.word,
      t.restarts = GREATEST(t.restarts, s.restarts),
      t.fingerprint = s.print,
      t.missing_fingerprint = s.missing,
      t.missing_since = s.since,
      t.waiting_for = s.waiting
  WHERE t.active = 1 AND t.observed_at < NOW(3) - INTERVAL s.age * 1000 MICROSECOND`;

/** Rows a statement: beyond this the gain is small and the locks are held longer. */
const BATCH = 500;

/** Returns how many sightings were written; the others were void. */
export async function recordSightings(db: Knex, sightings: readonly Sighting[]): Promise<number> {
  const sorted = [...sightings].sort((a, b) => (a.job.id < b.job.id ? -1 : 1));
  let written = 0;
  for (let from = 0; from < sorted.length; from += BATCH) {
    const batch = sorted.slice(from, from + BATCH).map(toRow);
    const [result] = (await db.raw(SIGHTINGS_SQL, [JSON.stringify(batch)])) as [{ affectedRows: number }];
    written += result.affectedRows;
  }
  return written;
}

const toRow = ({ job, seen, ageMs }: Sighting) => ({
  id: toBinary(job.id).toString('hex'),
  version: job.version,
  moved: isNews(job, seen) ? 1 : 0,
  look: seen.isLook ? 1 : 0,
  age: Math.max(0, Math.round(ageMs())),
  word: seen.flinkWord ?? null,
  restarts: seen.restarts,
  print: seen.fingerprint ?? null,
  missing: seen.missing?.fingerprint ?? null,
  since: seen.missing === undefined ? null : sqlTime(seen.missing.since),
  waiting: seen.waitingFor === undefined ? null : clipped(seen.waitingFor, 2000),
});

const sqlTime = (time: Date): string => time.toISOString().replace('T', ' ').replace('Z', '');
