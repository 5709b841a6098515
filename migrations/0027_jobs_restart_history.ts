// Why: the conditions JobFailing and JobUnstable count restarts within minutes, so when the count was seen to grow has to be kept.
import type { Knex } from 'knex';
import { alterOnce } from './alter-once.ts';

export async function up(db: Knex): Promise<void> {
  await alterOnce(
    db,
    `ALTER TABLE jobs
      ADD restart_history JSON NULL COMMENT 'when restarts was seen to grow in the last hour, and since when the conditions are what they are' AFTER restart_base`,
  );
}

export async function down(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE jobs DROP restart_history');
}
