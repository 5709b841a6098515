// Why: what happened, told in the same transaction as the change.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE IF NOT EXISTS events (
      id            BINARY(16)   NOT NULL PRIMARY KEY COMMENT 'UUIDv7',
      namespace     VARCHAR(63)  NOT NULL,
      deployment_id BINARY(16)   NOT NULL,
      number        INT UNSIGNED NOT NULL COMMENT 'gapless per Deployment, from 1',
      job_id        BINARY(16)   NULL,
      name          VARCHAR(80)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      message       TEXT         NOT NULL,
      created_at    DATETIME(3)  NOT NULL,
      UNIQUE KEY events_number (deployment_id, number),
      KEY events_of_namespace (namespace, id),
      KEY events_of_job (job_id, id)
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('events');
}
