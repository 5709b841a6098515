import type { Knex } from 'knex';
import { DEFAULT_NAMESPACE, type Namespace, type RoleBinding } from '../domain/access.ts';
import { DreyError } from '../domain/errors.ts';
import { fromJson } from './columns.ts';
import { isDuplicate } from './errors.ts';

interface NamespaceRow {
  name: string;
  role_bindings: string;
  created_at: Date;
  version: number;
}

const toNamespace = (row: NamespaceRow): Namespace => ({
  name: row.name,
  roleBindings: fromJson<RoleBinding[]>(row.role_bindings),
  createdAt: row.created_at,
});

const table = (db: Knex) => db<NamespaceRow>('namespaces');

/** What keeps a namespace from being deleted: its kind, and the rows of its table that count. A test finds tables that are missing here. */
export const INHABITANTS: readonly { readonly kind: string; readonly table: string; readonly where?: object }[] = [
  { kind: 'Deployment', table: 'deployments', where: { live: 1 } },
  { kind: 'DeploymentTarget', table: 'deployment_targets', where: { live: 1 } },
  { kind: 'artifact', table: 'artifacts' },
];

/** Those whose rows go with the namespace itself. */
const GO_WITH_IT = ['api_tokens', 'deletions', 'deployment_defaults', 'secret_values'] as const;

/** Tables with a namespace whose rows go with their Deployment, or with the namespace itself. */
export const DEPENDANTS: readonly string[] = ['jobs', 'savepoints', 'events', ...GO_WITH_IT];

export async function listNamespaces(db: Knex): Promise<Namespace[]> {
  return (await table(db).orderBy('name')).map(toNamespace);
}

export async function findNamespace(db: Knex, name: string): Promise<Namespace | undefined> {
  const row = await table(db).where({ name }).first();
  // The database takes no notice of spaces at the end.
  return row?.name === name ? toNamespace(row) : undefined;
}

export async function insertNamespace(db: Knex, { name, roleBindings, createdAt }: Namespace): Promise<void> {
  try {
    await table(db).insert({ name, role_bindings: JSON.stringify(roleBindings), created_at: createdAt, version: 1 });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new DreyError('conflict', `a Namespace named ${name} already exists`, { cause: error });
  }
}

/**
 * Of a table with namespaces: the rows that were made in the namespace as it is, and not in one that was deleted and had its name. `default`, which
 * is never deleted, is younger than what was made before there were namespaces.
 */
export const madeInItSql = (table: string): string =>
  `(${table}.namespace = '${DEFAULT_NAMESPACE}' OR ${table}.created_at >= (SELECT n.created_at FROM namespaces n WHERE n.name = ${table}.namespace))`;

/** The newest role bindings win: VVP's clients send no version. */
export async function updateNamespace(db: Knex, name: string, roleBindings: readonly RoleBinding[]): Promise<Namespace | undefined> {
  await table(db)
    .where({ name })
    .update({ role_bindings: JSON.stringify(roleBindings), version: db.raw('version + 1') });
  return findNamespace(db, name);
}

/** Keeps a namespace from being deleted until the transaction ends; for whatever is put into one. Throws `notFound` when it is gone. */
export async function holdNamespace(db: Knex, name: string): Promise<void> {
  const row = await table(db).where({ name }).forShare().first('name');
  if (row === undefined) throw new DreyError('notFound', `there is no namespace "${name}"`);
}

export async function deleteNamespace(db: Knex, name: string): Promise<Namespace | undefined> {
  return db.transaction(async (trx) => {
    const row = await table(trx).where({ name }).forUpdate().first();
    if (row === undefined) return undefined;
    const found: string[] = [];
    for (const { kind, table: of, where = {} } of INHABITANTS) {
      const first = await trx(of)
        .where({ namespace: name, ...where })
        .first<{ name?: string; filename?: string } | undefined>();
      const called = first?.name ?? first?.filename;
      if (first !== undefined) found.push(called === undefined ? kind : `${kind} ${called}`);
    }
    if (found.length > 0)
      throw new DreyError('conflict', `namespace ${name} is not empty: ${found.join(', ')}; delete what is in it first`);
    for (const own of GO_WITH_IT) await trx(own).where({ namespace: name }).delete();
    await table(trx).where({ name }).delete();
    return toNamespace(row);
  });
}
