import type { Knex } from 'knex';

/** Duplicate column. An ALTER is done whole or not at all: a daemon that was killed before it noted the migration has done it. */
const DONE = 1060;

/** Runs an ALTER TABLE that adds columns; does nothing where they are there. */
export async function alterOnce(db: Knex, statement: string): Promise<void> {
  try {
    await db.raw(statement);
  } catch (error) {
    if (!(error instanceof Error && 'errno' in error && error.errno === DONE)) throw error;
  }
}
