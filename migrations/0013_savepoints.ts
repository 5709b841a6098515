// Why: where the state of a Job lies, or is to lie; the intent to take a savepoint stands here before Flink is asked.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE IF NOT EXISTS savepoints (
      id            BINARY(16)      NOT NULL PRIMARY KEY COMMENT 'UUIDv7; without dashes the trigger id',
      namespace     VARCHAR(63)     NOT NULL,
      deployment_id BINARY(16)      NOT NULL,
      job_id        BINARY(16)      NULL COMMENT 'NULL: copied from elsewhere',
      job_made_at   DATETIME(3)     NOT NULL COMMENT 'when that Job was made: tells state from before a STATELESS upgrade',
      target_id     BINARY(16)      NOT NULL,
      origin        VARCHAR(32)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      annotations   JSON            NOT NULL,
      state         VARCHAR(16)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      directory     TEXT            NULL COMMENT 'its own; written before Flink is asked',
      triggered_at  DATETIME(3)     NULL COMMENT 'when Flink was about to be asked first',
      location      TEXT            NULL,
      state_at      DATETIME(3)     NULL COMMENT 'orders the snapshots of a Deployment',
      taken_at      DATETIME(3)     NULL COMMENT 'of a retained checkpoint: when it was first seen',
      failure       JSON            NULL,
      evidence      JSON            NULL COMMENT 'what was seen when it became final',
      created_at    DATETIME(3)     NOT NULL,
      modified_at   DATETIME(3)     NOT NULL,
      ended_at      DATETIME(3)     NULL COMMENT 'when it became final',
      deleted_at    DATETIME(3)     NULL COMMENT 'hidden since then, while its files are deleted',
      due_at        DATETIME(3)     NULL COMMENT 'when the savepoint command has something to do',
      version       INT UNSIGNED    NOT NULL COMMENT 'guard of every write, resourceVersion of the API',
      KEY savepoints_due (due_at),
      KEY savepoints_modified (modified_at, version, created_at),
      KEY savepoints_of_deployment (deployment_id, state, state_at),
      KEY savepoints_of_job (job_id, state)
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('savepoints');
}
