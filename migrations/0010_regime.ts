// Why: the settings that hold for all daemons are those of the one that was started last.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE IF NOT EXISTS regime (
      id          TINYINT     NOT NULL PRIMARY KEY COMMENT 'always 1',
      settings    JSON        NOT NULL COMMENT 'intervals, shards and retention, as of the daemon that was started last',
      declared_at DATETIME(3) NOT NULL
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('regime');
}
