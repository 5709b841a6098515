// Why: Flink jobs that live although their Jobs have ended, and ids that are forgotten some time after their Jobs were deleted.
import type { Knex } from 'knex';
import { alterOnce } from './alter-once.ts';

export async function up(db: Knex): Promise<void> {
  await alterOnce(
    db,
    `ALTER TABLE flink_ids
      ADD stray_since DATETIME(3) NULL COMMENT 'alive at every look since, although its Job has ended' AFTER ended_at,
      ADD forget_at DATETIME(3) NULL COMMENT 'set when its Job is deleted' AFTER stray_since,
      ADD KEY flink_ids_target (target_id),
      ADD KEY flink_ids_stray (stray_since),
      ADD KEY flink_ids_forget (forget_at)`,
  );
}

export async function down(db: Knex): Promise<void> {
  await db.raw(
    'ALTER TABLE flink_ids DROP KEY flink_ids_target, DROP KEY flink_ids_stray, DROP KEY flink_ids_forget, DROP stray_since, DROP forget_at',
  );
}
