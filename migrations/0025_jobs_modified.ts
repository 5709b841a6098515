// Why: who watches the API is told of the Jobs that changed lately, without a look at their rows.
import type { Knex } from 'knex';
import { alterOnce } from './alter-once.ts';

export async function up(db: Knex): Promise<void> {
  await alterOnce(db, 'ALTER TABLE jobs ADD KEY jobs_modified (modified_at, version, created_at)');
}

export async function down(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE jobs DROP KEY jobs_modified');
}
