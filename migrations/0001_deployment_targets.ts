// Why: the places that run Jobs.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE IF NOT EXISTS deployment_targets (
      id          BINARY(16)      NOT NULL PRIMARY KEY COMMENT 'UUIDv7',
      namespace   VARCHAR(63)     NOT NULL,
      name        VARCHAR(250)    NOT NULL,
      spec        JSON            NOT NULL COMMENT 'never changed after creation',
      labels      JSON            NOT NULL,
      annotations JSON            NOT NULL,
      hash        INT UNSIGNED    NOT NULL COMMENT 'crc32 of the id: modulo the number of shards, the sweep that looks at it',
      created_at  DATETIME(3)     NOT NULL,
      modified_at DATETIME(3)     NOT NULL,
      version     INT UNSIGNED    NOT NULL COMMENT 'guard of every write, resourceVersion of the API',
      UNIQUE KEY deployment_targets_name (namespace, name)
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('deployment_targets');
}
