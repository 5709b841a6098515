// Why: restarts across JobManagers, checkpoints, why Flink could not be asked, what was seen at the end, and the index that retention reads.
import type { Knex } from 'knex';
import { alterOnce } from './alter-once.ts';

export async function up(db: Knex): Promise<void> {
  await alterOnce(
    db,
    `ALTER TABLE jobs
      ADD transition_at DATETIME(3) NULL COMMENT 'when state changed last' AFTER state,
      ADD flink_started_at_ms BIGINT UNSIGNED NULL COMMENT 'start-time of the job by Flink: a new JobManager sets it anew' AFTER flink_word,
      ADD restart_base INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'restarts before this JobManager began to count from zero' AFTER restarts,
      ADD checkpoints_completed INT UNSIGNED NULL COMMENT 'since this JobManager runs it' AFTER restart_base,
      ADD checkpoints_failed INT UNSIGNED NULL AFTER checkpoints_completed,
      ADD checkpoint_path VARCHAR(1000) NULL COMMENT 'of the last completed checkpoint' AFTER checkpoints_failed,
      ADD checkpoint_at DATETIME(3) NULL COMMENT 'when it was first seen' AFTER checkpoint_path,
      ADD unreachable TEXT NULL COMMENT 'why Flink could not be asked at the last look' AFTER checkpoint_at,
      ADD reach_changed_at DATETIME(3) NULL COMMENT 'when that began or ended' AFTER unreachable,
      ADD evidence JSON NULL COMMENT 'what was seen when it moved last' AFTER failure,
      ADD set_aside JSON NULL COMMENT 'why its command is left alone for a while' AFTER evidence,
      ADD KEY jobs_ended (deployment_id, active, terminated_at),
      ADD KEY jobs_terminated (terminated_at)`,
  );
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`
    ALTER TABLE jobs
      DROP KEY jobs_ended, DROP KEY jobs_terminated,
      DROP transition_at, DROP flink_started_at_ms, DROP restart_base, DROP checkpoints_completed, DROP checkpoints_failed,
      DROP checkpoint_path, DROP checkpoint_at, DROP unreachable, DROP reach_changed_at, DROP evidence, DROP set_aside`);
}
