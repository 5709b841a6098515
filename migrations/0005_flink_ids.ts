// Why: every id that was ever submitted to a Flink cluster, remembered beyond its Job's row.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE IF NOT EXISTS flink_ids (
      flink_id      BINARY(16)  NOT NULL PRIMARY KEY,
      job_id        BINARY(16)  NOT NULL,
      deployment_id BINARY(16)  NOT NULL,
      target_id     BINARY(16)  NOT NULL,
      submitted_at  DATETIME(3) NOT NULL COMMENT 'when the newest submission under it was begun',
      ended_at      DATETIME(3) NULL COMMENT 'when its Job became final',
      KEY flink_ids_deployment (deployment_id, target_id),
      KEY flink_ids_ended (ended_at)
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('flink_ids');
}
