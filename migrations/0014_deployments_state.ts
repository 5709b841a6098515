// Why: failed tries to stop with a savepoint, why a Deployment is FAILED, and what an upgrade says of the state of the next Job.
import type { Knex } from 'knex';
import { alterOnce } from './alter-once.ts';

export async function up(db: Knex): Promise<void> {
  await alterOnce(
    db,
    `ALTER TABLE deployments
      ADD savepoint_failures JSON NULL COMMENT 'failed tries to stop with a savepoint since the last act of the user' AFTER failures,
      ADD failure JSON NULL COMMENT 'why it is FAILED' AFTER savepoint_failures,
      ADD keeps_state TINYINT NULL COMMENT '1 within a STATEFUL upgrade: the next Job starts from the newest state' AFTER failure,
      ADD fresh_since DATETIME(3) NULL COMMENT 'STATELESS upgrade: state of Jobs made earlier is not used' AFTER keeps_state`,
  );
  // A Deployment that an earlier release left FAILED stays so until the user acts.
  await db.raw(
    `UPDATE deployments SET failure = '{"reason":"JobsFailed","message":"its Jobs failed"}' WHERE state = 'FAILED' AND failure IS NULL`,
  );
}

export async function down(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE deployments DROP savepoint_failures, DROP failure, DROP keeps_state, DROP fresh_since');
}
