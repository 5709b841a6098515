// Why: what is watched of a running Job besides its state, and since when it is in that state.
import type { Knex } from 'knex';

/** They are there: a daemon that was killed before it noted the migration had made them. The statement makes all or none. */
const EXISTS = 1060;

export async function up(db: Knex): Promise<void> {
  try {
    await db.raw(`
      ALTER TABLE jobs
        ADD COLUMN checkpoints_completed INT UNSIGNED NULL COMMENT 'NULL until Flink has told',
        ADD COLUMN checkpoints_failed    INT UNSIGNED NULL COMMENT 'NULL until Flink has told',
        ADD COLUMN last_checkpoint_at    DATETIME(3)  NULL COMMENT 'when the newest completed checkpoint was complete',
        ADD COLUMN transition_at         DATETIME(3)  NULL COMMENT 'when state changed last; NULL in rows older than this column'`);
  } catch (error) {
    if (!(error instanceof Error && 'errno' in error && error.errno === EXISTS)) throw error;
  }
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`
    ALTER TABLE jobs
      DROP COLUMN checkpoints_completed, DROP COLUMN checkpoints_failed, DROP COLUMN last_checkpoint_at, DROP COLUMN transition_at`);
}
