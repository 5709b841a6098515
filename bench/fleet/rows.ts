import { v7 as uuid } from 'uuid';
import { canonicalHash } from '../../src/engine/hash.ts';
import type { connect } from '../../src/store/connection.ts';
import type { DeploymentTarget } from '../../src/domain/target.ts';
import type { Exemplar } from './exemplar.ts';

type Database = ReturnType<typeof connect>;
type Row = Record<string, unknown>;

/** The tables that know a Job, and the column by which the exemplar's rows are found there. */
const TABLES = { deployments: 'id', jobs: 'deployment_id', flink_ids: 'deployment_id', events: 'deployment_id' } as const;

const ROWS_AT_ONCE = 200;

/** A Job to be: the id it gets, and where it runs. */
export interface Copy {
  readonly jobId: string;
  readonly name: string;
  readonly target: DeploymentTarget;
  readonly fingerprint: string;
}

/**
 * Copies the exemplar's rows, once a Job, and removes them. Whatever columns there are, they are copied: an id, a name or an address of the
 * exemplar's becomes the copy's, in binary columns and in texts alike, and all else stays as the engine and the store have written it.
 */
export async function copyRows(db: Database, exemplar: Exemplar, home: DeploymentTarget, copies: readonly Copy[]): Promise<void> {
  for (const [table, column] of Object.entries(TABLES)) {
    if ((await rowsOf(db, table, column, exemplar)).length === 0) throw new Error(`the exemplar has left nothing in ${table}`);
  }
  const originals = new Map<string, readonly Row[]>();
  for (const [table, column] of Object.entries(TABLES)) originals.set(table, await rowsOf(db, table, column, exemplar));
  for (const [table, column] of Object.entries(TABLES))
    await db(table)
      .where({ [column]: binary(exemplar.deploymentId) })
      .delete();
  for (let from = 0; from < copies.length; from += ROWS_AT_ONCE) {
    const renamed = copies.slice(from, from + ROWS_AT_ONCE).map((copy) => renaming(exemplar, home, copy));
    for (const [table, rows] of originals)
      await db(table).insert(renamed.flatMap((rename) => rows.map((row) => copied(table, row, rename))));
  }
}

const rowsOf = (db: Database, table: string, column: string, { deploymentId }: Exemplar): Promise<Row[]> =>
  db(table)
    .where({ [column]: binary(deploymentId) })
    .select<Row[]>('*');

interface Rename {
  readonly binary: (bytes: Buffer) => Buffer;
  readonly text: (text: string) => string;
}

function renaming(exemplar: Exemplar, home: DeploymentTarget, copy: Copy): Rename {
  const ids = new Map([
    [exemplar.deploymentId, uuid()],
    [exemplar.jobId, copy.jobId],
    [home.id, copy.target.id],
  ]);
  const texts = [
    ...ids,
    ...[...ids].map((pair) => pair.map(hex) as [string, string]),
    [exemplar.name, copy.name],
    [exemplar.fingerprint, copy.fingerprint],
    [home.name, copy.target.name],
    [home.spec.session.url, copy.target.spec.session.url],
  ] as const;
  const bytes = new Map([...ids].map(([old, fresh]) => [hex(old), binary(fresh)]));
  return {
    // What is not known is the id of a row of its own, such as an event's.
    binary: (old) => bytes.get(old.toString('hex')) ?? binary(uuid()),
    text: (old) => texts.reduce((text, [from, to]) => text.replaceAll(from, to), old),
  };
}

function copied(table: string, row: Row, rename: Rename): Row {
  const copy = Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      if (Buffer.isBuffer(value)) return [column, rename.binary(value)];
      return [column, typeof value === 'string' ? rename.text(value) : value];
    }),
  );
  return table === 'jobs' && typeof copy['spec'] === 'string' ? { ...copy, spec_hash: canonicalHash(JSON.parse(copy['spec'])) } : copy;
}

const hex = (id: string): string => id.replaceAll('-', '');
const binary = (id: string): Buffer => Buffer.from(hex(id), 'hex');
