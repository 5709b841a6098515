// Why: the spec of a Job is written once, and the database holds that.
import type { Knex } from 'knex';

/** Binary log without SUPER, or no TRIGGER privilege: column grants have to do it then (`src/store/spec-guard.ts`). */
const REFUSALS = new Set<unknown>([1419, 1142, 1227]);

/** It is there: a daemon that was killed before it noted the migration had made it, or another one just did. */
const EXISTS = 1359;

/** Creates the trigger; false when the server refuses triggers to this account. Start-up tries again where nothing else guards. */
export async function createSpecGuard(db: Knex): Promise<boolean> {
  try {
    await db.raw(`
      CREATE TRIGGER jobs_spec_guard BEFORE UPDATE ON jobs FOR EACH ROW
      IF NOT (NEW.spec <=> OLD.spec AND NEW.spec_hash <=> OLD.spec_hash AND NEW.annotations <=> OLD.annotations
        AND NEW.id <=> OLD.id AND NEW.deployment_id <=> OLD.deployment_id AND NEW.target_id <=> OLD.target_id
        AND NEW.namespace <=> OLD.namespace AND NEW.deployment_name <=> OLD.deployment_name
        AND NEW.template_hash <=> OLD.template_hash AND NEW.created_at <=> OLD.created_at) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the spec of a Job is immutable';
      END IF`);
    return true;
  } catch (error) {
    const errno = error instanceof Error && 'errno' in error ? error.errno : undefined;
    if (errno === EXISTS) return true;
    if (REFUSALS.has(errno)) return false;
    throw error;
  }
}

export async function up(db: Knex): Promise<void> {
  await createSpecGuard(db);
}

export async function down(db: Knex): Promise<void> {
  await db.raw('DROP TRIGGER IF EXISTS jobs_spec_guard');
}
