// Why: who watches the API, or comes back to it, is told of what was deleted although its row is gone.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE IF NOT EXISTS deletions (
      id            BINARY(16)   NOT NULL PRIMARY KEY COMMENT 'of what was deleted',
      kind          VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'deployments, jobs, ...',
      namespace     VARCHAR(63)  NOT NULL,
      deployment_id BINARY(16)   NULL,
      name          VARCHAR(250) NULL,
      version       INT UNSIGNED NOT NULL,
      deleted_at    DATETIME(3)  NOT NULL,
      KEY deletions_at (deleted_at)
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('deletions');
}
