// Why: the immutable attempts to run a Deployment, their intents and what was observed of them.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE IF NOT EXISTS jobs (
      id                    BINARY(16)   NOT NULL PRIMARY KEY COMMENT 'UUIDv7; without dashes the id in Flink',
      namespace             VARCHAR(63)  NOT NULL,
      deployment_id         BINARY(16)   NOT NULL,
      deployment_name       VARCHAR(63)  NOT NULL,
      target_id             BINARY(16)   NOT NULL,
      annotations           JSON         NOT NULL COMMENT 'of the template',
      spec                  JSON         NOT NULL COMMENT 'never in an UPDATE',
      spec_hash             CHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'canonical hash of spec',
      template_hash         CHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'of the template it was made from',
      created_at            DATETIME(3)  NOT NULL,
      modified_at           DATETIME(3)  NOT NULL,
      state                 VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      active                TINYINT      NULL COMMENT '1 until the state is final, then NULL',
      terminate_mode        VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'how its termination counts: cancel or fail',
      terminating_at        DATETIME(3)  NULL,
      start_deadline_at     DATETIME(3)  NOT NULL,
      submission            VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'none, inDoubt, settled',
      attempt               INT UNSIGNED NOT NULL COMMENT 'submissions begun',
      fingerprint           VARCHAR(64)  NULL COMMENT 'JobManager incarnation that was given it or last showed it alive',
      submission_open_until DATETIME(3)  NULL COMMENT 'a submission without an answer may arrive until then',
      artifact_sha256       CHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NULL,
      waiting_for           TEXT         NULL COMMENT 'what a STARTING Job waits for, in words',
      started_at            DATETIME(3)  NULL,
      flink_word            VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'JobStatus of Flink, or UNKNOWN',
      restarts              INT UNSIGNED NOT NULL COMMENT 'lower bound, never falls',
      missing_fingerprint   VARCHAR(64)  NULL COMMENT 'JobManager whose look-up did not find it',
      missing_since         DATETIME(3)  NULL,
      observed_at           DATETIME(3)  NOT NULL COMMENT 'when the observation began that the row speaks of',
      failure               JSON         NULL,
      terminated_at         DATETIME(3)  NULL,
      due_at                DATETIME(3)  NULL COMMENT 'when its command has something to do',
      version               INT UNSIGNED NOT NULL COMMENT 'guard of every write, resourceVersion of the API',
      UNIQUE KEY jobs_one_active (deployment_id, active),
      KEY jobs_of_target (target_id, active),
      KEY jobs_due (due_at),
      KEY jobs_of_namespace (namespace, id)
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('jobs');
}
