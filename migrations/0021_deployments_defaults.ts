// Why: a Deployment keeps the defaults that it was made with, so that the same document, put again, makes the same spec.
import type { Knex } from 'knex';
import { alterOnce } from './alter-once.ts';

export async function up(db: Knex): Promise<void> {
  await alterOnce(db, "ALTER TABLE deployments ADD defaults JSON NULL COMMENT 'those that it was made with, NULL for none' AFTER spec");
}

export async function down(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE deployments DROP defaults');
}
