// Why: which bytes of the artifact store lie under which name.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE IF NOT EXISTS artifacts (
      id         BINARY(16)      NOT NULL PRIMARY KEY COMMENT 'UUIDv7',
      namespace  VARCHAR(63)     NOT NULL,
      filename   VARCHAR(200)    NOT NULL,
      sha256     CHAR(64)        CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'of the bytes; names their file in the folder of the store',
      size       BIGINT UNSIGNED NOT NULL COMMENT 'bytes',
      created_at DATETIME(3)     NOT NULL COMMENT 'when these bytes were uploaded under this name',
      version    INT UNSIGNED    NOT NULL COMMENT 'raised by each upload of other bytes',
      UNIQUE KEY artifacts_name (namespace, filename),
      KEY artifacts_sha256 (sha256)
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('artifacts');
}
