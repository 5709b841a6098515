// Why: teams share one Drey without seeing each other.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE IF NOT EXISTS namespaces (
      name          VARCHAR(63)  NOT NULL PRIMARY KEY COMMENT 'what all other tables call it',
      role_bindings JSON         NOT NULL COMMENT 'kept for the clients of VVP, without effect',
      created_at    DATETIME(3)  NOT NULL,
      version       INT UNSIGNED NOT NULL
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('namespaces');
}
