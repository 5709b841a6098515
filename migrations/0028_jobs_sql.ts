// Why: a SQL script runs in a session of the gateway, which has to be closed also after a crash, and Jobs tell which tables they read and write.
import type { Knex } from 'knex';
import { alterOnce } from './alter-once.ts';

export async function up(db: Knex): Promise<void> {
  await alterOnce(
    db,
    `ALTER TABLE jobs
      ADD sql_session JSON NULL COMMENT 'of a SQL script: its session at the gateway and how far it has come there, until the session is closed' AFTER artifact_sha256,
      ADD sql_tables JSON NULL COMMENT 'of a SQL script: the tables that it reads and writes; written once' AFTER sql_session`,
  );
}

export async function down(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE jobs DROP sql_session, DROP sql_tables');
}
