// Why: which savepoint is to stop a Job, and whether the state that an ended Job left behind has been looked for.
import type { Knex } from 'knex';
import { alterOnce } from './alter-once.ts';

export async function up(db: Knex): Promise<void> {
  await alterOnce(
    db,
    `ALTER TABLE jobs
      ADD stop_id BINARY(16) NULL COMMENT 'the Savepoint that is to stop it' AFTER start_deadline_at,
      ADD released_at DATETIME(3) NULL COMMENT 'when nothing of a final Job was left to do' AFTER terminated_at,
      ADD KEY jobs_unreleased (deployment_id, released_at)`,
  );
  // Jobs that ended under an earlier release are over.
  await db.raw('UPDATE jobs SET released_at = terminated_at WHERE active IS NULL AND released_at IS NULL');
}

export async function down(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE jobs DROP KEY jobs_unreleased, DROP stop_id, DROP released_at');
}
