// Why: who may do what in a namespace.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE IF NOT EXISTS api_tokens (
      id         BINARY(16)  NOT NULL PRIMARY KEY COMMENT 'UUIDv7',
      namespace  VARCHAR(63) NOT NULL,
      name       VARCHAR(63) NOT NULL,
      role       VARCHAR(8)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'viewer, editor or owner',
      hash       BINARY(32)  NOT NULL COMMENT 'SHA-256 of the secret, which is kept nowhere',
      created_at DATETIME(3) NOT NULL,
      UNIQUE KEY api_tokens_name (namespace, name),
      UNIQUE KEY api_tokens_hash (hash)
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('api_tokens');
}
