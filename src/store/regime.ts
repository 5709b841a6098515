import type { Knex } from 'knex';
import { DreyError } from '../domain/errors.ts';
import type { Regime } from '../domain/regime.ts';
import { fromJson } from './columns.ts';

/** The daemon that was started last decides for all: an older one goes on by what the newer one has declared. */
export async function declareRegime(db: Knex, regime: Regime): Promise<void> {
  await db.raw(
    `INSERT INTO regime (id, settings, declared_at) VALUES (1, ?, NOW(3))
     ON DUPLICATE KEY UPDATE settings = VALUES(settings), declared_at = VALUES(declared_at)`,
    [JSON.stringify(regime)],
  );
}

export async function regime(db: Knex): Promise<Regime> {
  const row = await db('regime').where({ id: 1 }).first<{ settings: string } | undefined>('settings');
  if (row === undefined) throw new DreyError('unavailable', 'no daemon has declared its settings yet');
  return fromJson<Regime>(row.settings);
}
