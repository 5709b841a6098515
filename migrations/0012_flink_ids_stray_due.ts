// Why: the command of a stray that always fails is left alone for a while, like that of a Job.
import type { Knex } from 'knex';
import { alterOnce } from './alter-once.ts';

export async function up(db: Knex): Promise<void> {
  await alterOnce(
    db,
    `ALTER TABLE flink_ids
      ADD stray_due_at DATETIME(3) NULL COMMENT 'when it is to be cancelled again' AFTER stray_since,
      ADD KEY flink_ids_stray_due (stray_due_at)`,
  );
}

export async function down(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE flink_ids DROP KEY flink_ids_stray_due, DROP stray_due_at');
}
