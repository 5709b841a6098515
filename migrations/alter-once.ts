import type { Knex } from 'knex';

/** Duplicate column, duplicate key. An ALTER is done whole or not at all: a daemon that was killed before it noted the migration has done it. */
const DONE = new Set<unknown>([1060, 1061]);

/** Runs an ALTER TABLE that adds columns or keys; does nothing where they are there. */
export async function alterOnce(db: Knex, statement: string): Promise<void> {
  try {
    await db.raw(statement);
  } catch (error) {
    if (!(error instanceof Error && 'errno' in error && DONE.has(error.errno))) throw error;
  }
}
