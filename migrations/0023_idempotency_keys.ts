// Why: a request that is repeated under its Idempotency-Key makes nothing twice, also when a daemon died in the middle of it.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE IF NOT EXISTS idempotency_keys (
      key_hash      BINARY(32)   NOT NULL PRIMARY KEY COMMENT 'of who sent it, the namespace and the key',
      request_hash  BINARY(32)   NOT NULL COMMENT 'of method, path and body',
      resource_id   BINARY(16)   NOT NULL COMMENT 'reserved before anything is made, so that whoever goes on makes the same',
      location      VARCHAR(1000) NULL COMMENT 'path of what was made; NULL while it is being made',
      claimed_until DATETIME(3)  NOT NULL COMMENT 'until then it is being made; later another request may go on',
      expires_at    DATETIME(3)  NOT NULL,
      KEY idempotency_keys_expired (expires_at)
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('idempotency_keys');
}
