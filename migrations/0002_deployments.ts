// Why: what users want to run, and how far that has come.
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE IF NOT EXISTS deployments (
      id            BINARY(16)      NOT NULL PRIMARY KEY COMMENT 'UUIDv7',
      namespace     VARCHAR(63)     NOT NULL,
      name          VARCHAR(63)     NOT NULL,
      live          TINYINT         NULL DEFAULT 1 COMMENT '1, or NULL once deleted: the name is free again',
      display_name  TEXT            NULL,
      labels        JSON            NOT NULL,
      annotations   JSON            NOT NULL,
      spec          JSON            NOT NULL,
      template_hash CHAR(64)        CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'canonical hash of spec.template',
      target_id     BINARY(16)      NOT NULL,
      created_at    DATETIME(3)     NOT NULL,
      modified_at   DATETIME(3)     NOT NULL,
      state         VARCHAR(16)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      transition_at DATETIME(3)     NOT NULL COMMENT 'when state changed last',
      outcome       VARCHAR(16)     CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'how the last Job ended since the last act of the user',
      failures      JSON            NOT NULL COMMENT 'times of failed Jobs since the last act of the user',
      event_number  INT UNSIGNED    NOT NULL DEFAULT 0 COMMENT 'number of the newest event',
      due_at        DATETIME(3)     NULL COMMENT 'when the deployment command has something to do',
      deleted_at    DATETIME(3)     NULL,
      spec_version  INT UNSIGNED    NOT NULL COMMENT 'version that the last change of the spec made',
      version       INT UNSIGNED    NOT NULL COMMENT 'guard of every write, resourceVersion of the API',
      UNIQUE KEY deployments_name (namespace, name, live),
      KEY deployments_due (due_at),
      KEY deployments_target (target_id)
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('deployments');
}
