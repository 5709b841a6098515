// Why: Jobs are counted by state, and those that ended lately are found, without reading the rows, each as wide as its spec.
import type { Knex } from 'knex';

/** It is there: a daemon that was killed before it noted the migration had made it. */
const EXISTS = 1061;

export async function up(db: Knex): Promise<void> {
  try {
    await db.raw('ALTER TABLE jobs ADD KEY jobs_of_state (state, terminated_at)');
  } catch (error) {
    if (!(error instanceof Error && 'errno' in error && error.errno === EXISTS)) throw error;
  }
}

export async function down(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE jobs DROP KEY jobs_of_state');
}
