// Why: a deleted target is still looked at as long as Flink ids on it are remembered; and how many jobs of others live on each.
import type { Knex } from 'knex';
import { alterOnce } from './alter-once.ts';

export async function up(db: Knex): Promise<void> {
  await alterOnce(
    db,
    `ALTER TABLE deployment_targets
      ADD live TINYINT NULL DEFAULT 1 COMMENT '1, or NULL once deleted: the name is free again' AFTER name,
      ADD foreign_jobs INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'alive at the last look and never made by Drey' AFTER hash,
      DROP KEY deployment_targets_name,
      ADD UNIQUE KEY deployment_targets_name (namespace, name, live)`,
  );
}

export async function down(db: Knex): Promise<void> {
  await db.raw(
    'ALTER TABLE deployment_targets DROP KEY deployment_targets_name, ADD UNIQUE KEY deployment_targets_name (namespace, name), DROP live, DROP foreign_jobs',
  );
}
