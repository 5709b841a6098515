import type { Knex } from 'knex';
import { isNews, isSame } from '../domain/sighting.ts';
import type { Sighting } from '../ports/store.ts';
import { clippedOrNull } from './columns.ts';

/**
 * One statement for a whole pass of the probe. The join is on the binary primary key (a collation mismatch would make it a full scan
 * that locks every row), the batch is sorted by it (overlapping unsorted batches deadlock), and each row is guarded by its version
 * and by the time of its last observation.
 */
export const SIGHTINGS_SQL = `
  UPDATE jobs t
  JOIN JSON_TABLE(?, '$[*]' COLUMNS (
    id         CHAR(32) CHARACTER SET ascii PATH '$.id',
    version    INT UNSIGNED PATH '$.version',
    age        INT UNSIGNED PATH '$.age',
    moved      INT PATH '$.moved',
    look       INT PATH '$.look',
    word       VARCHAR(16) CHARACTER SET ascii PATH '$.word',
    started    BIGINT UNSIGNED PATH '$.started',
    restarts   INT UNSIGNED PATH '$.restarts',
    base       INT UNSIGNED PATH '$.base',
    history    VARCHAR(8000) PATH '$.history',
    completed  INT UNSIGNED PATH '$.completed',
    failed     INT UNSIGNED PATH '$.failed',
    path       VARCHAR(1000) PATH '$.path',
    checkpoint INT PATH '$.checkpoint',
    silent     VARCHAR(2000) PATH '$.silent',
    print      VARCHAR(64) PATH '$.print',
    missing    VARCHAR(64) PATH '$.missing',
    since      VARCHAR(23) PATH '$.since',
    waiting    VARCHAR(2000) PATH '$.waiting'
  )) s ON t.id = UNHEX(s.id) AND t.version = s.version
  SET t.version = t.version + s.moved,
      t.modified_at = IF(s.moved = 1, NOW(3), t.modified_at),
      t.checkpoint_at = IF(s.checkpoint = 1, NOW(3) - INTERVAL s.age * 1000 MICROSECOND, t.checkpoint_at),
      t.reach_changed_at = IF((t.unreachable IS NULL) = (s.silent IS NULL), t.reach_changed_at, NOW(3) - INTERVAL s.age * 1000 MICROSECOND),
      t.observed_at = IF(s.look = 1, NOW(3) - INTERVAL s.age * 1000 MICROSECOND, t.observed_at),
      t.flink_word = s.word,
      t.flink_started_at_ms = s.started,
      t.restart_base = GREATEST(t.restart_base, s.base),
      t.restarts = GREATEST(t.restarts, s.restarts),
      t.restart_history = COALESCE(s.history, t.restart_history),
      t.checkpoints_completed = s.completed,
      t.checkpoints_failed = s.failed,
      t.checkpoint_path = s.path,
      t.unreachable = s.silent,
      t.fingerprint = s.print,
      t.missing_fingerprint = s.missing,
      t.missing_since = s.since,
      t.waiting_for = s.waiting
  WHERE t.active = 1 AND t.observed_at < NOW(3) - INTERVAL s.age * 1000 MICROSECOND`;

/** The same for those of whom nothing is new but that they were seen: nearly all, nearly always. */
export const SAME_SIGHTINGS_SQL = `
  UPDATE jobs t
  JOIN JSON_TABLE(?, '$[*]' COLUMNS (
    id      CHAR(32) CHARACTER SET ascii PATH '$[0]',
    version INT UNSIGNED PATH '$[1]',
    age     INT UNSIGNED PATH '$[2]'
  )) s ON t.id = UNHEX(s.id) AND t.version = s.version
  SET t.observed_at = NOW(3) - INTERVAL s.age * 1000 MICROSECOND
  WHERE t.active = 1 AND t.observed_at < NOW(3) - INTERVAL s.age * 1000 MICROSECOND`;

/** Rows a statement: beyond this the gain is small and the locks are held longer. */
const BATCH = 500;

/** Returns how many sightings were written; the others were void. */
export async function recordSightings(db: Knex, sightings: readonly Sighting[]): Promise<number> {
  const sorted = [...sightings].sort((a, b) => (a.job.id < b.job.id ? -1 : 1));
  const isPlain = ({ job, seen }: Sighting): boolean => seen.isLook && isSame(job, seen);
  return (
    (await inBatches(
      db,
      SAME_SIGHTINGS_SQL,
      sorted.filter(isPlain).map(({ job, ageMs }) => [hexOf(job.id), job.version, whole(ageMs())]),
    )) + (await inBatches(db, SIGHTINGS_SQL, sorted.filter((sighting) => !isPlain(sighting)).map(toRow)))
  );
}

async function inBatches(db: Knex, statement: string, rows: readonly unknown[]): Promise<number> {
  let written = 0;
  for (let from = 0; from < rows.length; from += BATCH) {
    const [result] = (await db.raw(statement, [JSON.stringify(rows.slice(from, from + BATCH))])) as [{ affectedRows: number }];
    written += result.affectedRows;
  }
  return written;
}

const hexOf = (id: string): string => id.replaceAll('-', '');
const whole = (ms: number): number => Math.max(0, Math.round(ms));

const toRow = ({ job, seen, ageMs }: Sighting) => ({
  id: hexOf(job.id),
  version: job.version,
  age: whole(ageMs()),
  moved: isNews(job, seen) ? 1 : 0,
  look: seen.isLook ? 1 : 0,
  word: seen.flinkWord ?? null,
  started: seen.flinkStartedAtMs ?? null,
  restarts: seen.restarts,
  base: seen.restartBase,
  // JSON in JSON: as a text of its own both servers take it over whole.
  history: seen.restartHistory === job.restartHistory ? null : JSON.stringify(seen.restartHistory),
  completed: seen.checkpoints?.completed ?? null,
  failed: seen.checkpoints?.failed ?? null,
  path: clippedOrNull(seen.checkpoints?.lastPath, 1000),
  checkpoint: seen.isNewCheckpoint ? 1 : 0,
  silent: clippedOrNull(seen.unreachable, 2000),
  print: seen.fingerprint ?? null,
  missing: seen.missing?.fingerprint ?? null,
  since: seen.missing === undefined ? null : sqlTime(seen.missing.since),
  waiting: clippedOrNull(seen.waitingFor, 2000),
});

const sqlTime = (time: Date): string => time.toISOString().replace('T', ' ').replace('Z', '');
