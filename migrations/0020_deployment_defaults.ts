// Why: what the Deployments of a namespace are made with.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE IF NOT EXISTS deployment_defaults (
      id          BINARY(16)   NOT NULL PRIMARY KEY COMMENT 'UUIDv7',
      namespace   VARCHAR(63)  NOT NULL,
      spec        JSON         NOT NULL COMMENT 'a part of the spec of a Deployment',
      labels      JSON         NOT NULL,
      annotations JSON         NOT NULL,
      created_at  DATETIME(3)  NOT NULL,
      modified_at DATETIME(3)  NOT NULL,
      version     INT UNSIGNED NOT NULL COMMENT 'guard of every write, resourceVersion of the API',
      UNIQUE KEY deployment_defaults_namespace (namespace)
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('deployment_defaults');
}
