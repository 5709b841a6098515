// Why: the namespace in which everything was until now, and which is always there.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`INSERT IGNORE INTO namespaces (name, role_bindings, created_at, version) VALUES ('default', '[]', NOW(3), 1)`);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`DELETE FROM namespaces WHERE name = 'default'`);
}
