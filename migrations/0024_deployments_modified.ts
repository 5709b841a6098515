// Why: who watches the API is told of the Deployments that changed lately, without a look at their rows.
import type { Knex } from 'knex';
import { alterOnce } from './alter-once.ts';

export async function up(db: Knex): Promise<void> {
  await alterOnce(db, 'ALTER TABLE deployments ADD KEY deployments_modified (modified_at, version, created_at)');
}

export async function down(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE deployments DROP KEY deployments_modified');
}
