// Why: values that specs name and never hold.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE IF NOT EXISTS secret_values (
      id          BINARY(16)   NOT NULL PRIMARY KEY COMMENT 'UUIDv7',
      namespace   VARCHAR(63)  NOT NULL,
      name        VARCHAR(250) NOT NULL,
      sealed      MEDIUMTEXT   CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the value, encrypted for this namespace and name',
      former      JSON         NOT NULL COMMENT 'what it was before, encrypted too: Jobs that were submitted with it may tell it',
      labels      JSON         NOT NULL,
      annotations JSON         NOT NULL,
      created_at  DATETIME(3)  NOT NULL,
      modified_at DATETIME(3)  NOT NULL,
      version     INT UNSIGNED NOT NULL COMMENT 'guard of every write, resourceVersion of the API',
      UNIQUE KEY secret_values_name (namespace, name)
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('secret_values');
}
