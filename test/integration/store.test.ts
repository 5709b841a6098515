import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Knex } from 'knex';
import { after, before, describe, it } from 'mocha';
import { v7 as uuid } from 'uuid';
import { migrations } from '../../migrations/index.ts';
import { BUSY_SQL } from '../../src/store/deployment-targets.ts';
import { connect } from '../../src/store/connection.ts';
import { migrate } from '../../src/store/migrate.ts';
import { migrationStatus, prepareDatabase } from '../../src/store/prepare.ts';
import { SAME_SIGHTINGS_SQL, SIGHTINGS_SQL } from '../../src/store/sightings.ts';
import { specGuard } from '../../src/store/spec-guard.ts';
import { sqlStore } from '../../src/store/store.ts';
import { aDeployment, aSeen, aSubmittedJob, aTarget } from '../support/factories.ts';
import { errnoOf, settingsOf, type Mariadb } from '../support/mariadb.ts';
import { privateMariadb } from '../support/servers.ts';
import { DEPENDANTS, INHABITANTS } from '../../src/store/namespaces.ts';
import { accessContract } from '../support/store-contract/access.ts';
import { changesContract } from '../support/store-contract/changes.ts';
import { declarationsContract } from '../support/store-contract/declarations.ts';
import { keysContract } from '../support/store-contract/keys.ts';
import { straysAndRetentionContract } from '../support/store-contract/strays-and-retention.ts';
import { targetsAndListingsContract } from '../support/store-contract/targets-and-listings.ts';
import { watchingContract } from '../support/store-contract/watching.ts';
import { storeWorld } from '../support/store-contract/world.ts';

describe('store on MariaDB', () => {
  let mariadb: Mariadb;
  let db: Knex;
  before(async () => {
    mariadb = await privateMariadb();
    await prepareDatabase(settingsOf(mariadb));
    db = connect(settingsOf(mariadb));
  });
  after(async () => {
    await db.destroy();
    await mariadb.stop();
  });

  describe('contract', () => {
    const world = storeWorld(() => Promise.resolve({ store: sqlStore(db), close: () => Promise.resolve() }));
    changesContract(world);
    targetsAndListingsContract(world);
    straysAndRetentionContract(world);
    accessContract(world);
    declarationsContract(world);
    keysContract(world);
    watchingContract(world);
  });

  const aStoredJob = async () => {
    const store = sqlStore(db);
    const target = aTarget({ id: uuid(), name: `t-${uuid()}` });
    await store.insertTarget(target);
    const deployment = aDeployment({ id: uuid(), name: `d-${uuid()}`, spec: { deploymentTargetId: target.id } });
    await store.insertDeployment(deployment, []);
    const job = aSubmittedJob({ id: uuid(), deploymentId: deployment.id, targetId: target.id });
    await store.change(deployment.id, (held) => ({ deployment: held.deployment, jobs: [job], events: [] }));
    return job;
  };

  it('forgets Idempotency-Keys a day later, which is due then', async () => {
    const store = sqlStore(db);
    const [key, request] = ['ab'.repeat(32), 'cd'.repeat(32)];
    const claim = () => store.claimKey({ key, request, resourceId: uuid() });
    await claim();
    await db('idempotency_keys').update({ expires_at: db.raw('NOW(3)') });
    expect(await store.dueCommands(1000, 0)).to.deep.include({ kind: 'cleanup', id: 'ids' });
    expect((await claim()).kind).to.equal('mine');
    await db('idempotency_keys').update({ expires_at: db.raw('NOW(3)') });
    expect(await store.forgetKeys(10_000)).to.be.greaterThan(0);
    expect(await db('idempotency_keys').first()).to.equal(undefined);
  });

  it('refuses to change the spec of a Job, by UPDATE and by ON DUPLICATE KEY UPDATE (1644)', async () => {
    const job = await aStoredJob();
    const id = Buffer.from(job.id.replaceAll('-', ''), 'hex');
    expect(await specGuard(db)).to.equal('trigger');
    expect(await errnoOf(db.raw(`UPDATE jobs SET spec = '{}' WHERE id = ?`, [id]))).to.equal(1644);
    expect(await errnoOf(db.raw(`UPDATE jobs SET spec_hash = 'x' WHERE id = ?`, [id]))).to.equal(1644);
    const columns = Object.keys(await db('jobs').where({ id }).first<Record<string, unknown>>()).join(', ');
    const upsert = `INSERT INTO jobs (${columns}) SELECT ${columns} FROM jobs j WHERE j.id = ? ON DUPLICATE KEY UPDATE spec = '{}'`;
    expect(await errnoOf(db.raw(upsert, [id]))).to.equal(1644);
    expect(await errnoOf(db.raw('UPDATE jobs SET version = version + 1 WHERE id = ?', [id]))).to.equal('no error');
  });

  it('writes a batch of sightings by the primary key', async () => {
    // Enough rows that a full scan would not be cheaper.
    const [job] = await Promise.all(Array.from({ length: 300 }, aStoredJob));
    await db.raw('ANALYZE TABLE jobs');
    const id = job!.id.replaceAll('-', '');
    for (const [statement, row] of [
      [SIGHTINGS_SQL, { id, version: 1, moved: 0, look: 1, age: 0, restarts: 0, base: 0, history: null }],
      [SAME_SIGHTINGS_SQL, [id, 1, 0]],
    ] as const) {
      const [plan] = (await db.raw(`EXPLAIN ${statement}`, [JSON.stringify([row])])) as [{ table: string; type: string; key: string }[]];
      expect(plan.find(({ table }) => table === 't')).to.deep.include({ type: 'eq_ref', key: 'PRIMARY' });
    }
  });

  it('finds the targets of a shard without reading all ids that are remembered', async () => {
    const [plan] = (await db.raw(`EXPLAIN SELECT id FROM deployment_targets WHERE ${BUSY_SQL}`)) as [
      { select_type: string; table: string }[],
    ];
    expect(plan.map(({ select_type }) => select_type))
      .to.include('DEPENDENT SUBQUERY')
      .and.not.include('MATERIALIZED');
  });

  it('writes overlapping batches side by side without a deadlock', async () => {
    const store = sqlStore(db);
    const jobs = await Promise.all(Array.from({ length: 30 }, aStoredJob));
    const seen = aSeen({ restarts: 0 });
    const written = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const shuffled = [...jobs].sort(() => (i % 2 === 0 ? 1 : -1));
        return store.recordSightings(shuffled.map((job) => ({ job, seen: { ...seen, restarts: 1 }, ageMs: () => 0 })));
      }),
    );
    expect(written.reduce((sum, count) => sum + count)).to.equal(30);
  });

  it('knows of every table with a namespace whether its rows keep the namespace from being deleted', async () => {
    const [columns] = (await db.raw(
      "SELECT TABLE_NAME AS name FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND COLUMN_NAME = 'namespace'",
    )) as [{ name: string }[]];
    const known = [...INHABITANTS.map(({ table }) => table), ...DEPENDANTS];
    expect(known).to.have.members(columns.map(({ name }) => name));
  });

  it('never tells the SQL or its values in an error', async () => {
    const store = sqlStore(db);
    const deployment = aDeployment({ id: uuid(), name: 'x'.repeat(300), displayName: 'a-secret-word' });
    const error: unknown = await store.insertDeployment(deployment, []).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Error);
    expect(String(error)).not.to.match(/insert into|a-secret-word/i);
  });

  describe('migrations', () => {
    it('make the schema of migrations/schema.sql (DREY_TEST_UPDATE=1 writes it anew)', async () => {
      const file = new URL('../../migrations/schema.sql', import.meta.url);
      const tables = (await db.raw("SHOW TABLES WHERE Tables_in_drey NOT LIKE 'knex%'")) as [Record<string, string>[]];
      const dump: string[] = ['-- What the migrations make, on MariaDB 10.11. For reading; nothing runs it.'];
      for (const name of tables[0].flatMap((row) => Object.values(row))) {
        const [[created]] = (await db.raw('SHOW CREATE TABLE ??', [name])) as [{ 'Create Table': string }[]];
        dump.push(`${created!['Create Table']};`);
      }
      const [[trigger]] = (await db.raw('SHOW CREATE TRIGGER jobs_spec_guard')) as [{ 'SQL Original Statement': string }[]];
      dump.push(`${trigger!['SQL Original Statement'].replace(/CREATE DEFINER=\S+/, 'CREATE')};`);
      const text = `${dump.join('\n\n')}\n`;
      if (process.env['DREY_TEST_UPDATE'] === '1') writeFileSync(file, text);
      expect(text).to.equal(readFileSync(file, 'utf8'));
    });
    it('run once however many daemons start together', async () => {
      const settings = { ...settingsOf(mariadb), database: 'herd' };
      const applied = await Promise.all(Array.from({ length: 6 }, () => prepareDatabase(settings)));
      expect(applied.filter((names) => names.length > 0)).to.have.length(1);
    });
    it('go on after a daemon that was killed between a statement and its note, and held the lock of knex', async () => {
      const settings = { ...settingsOf(mariadb), database: 'killed' };
      await prepareDatabase(settings);
      const killed = connect(settings);
      try {
        await killed('knex_migrations').where('name', '>=', '0004').delete();
        await killed('knex_migrations_lock').update({ is_locked: 1 });
        expect(await prepareDatabase(settings)).to.deep.equal(Object.keys(migrations).slice(3));
        expect(await specGuard(killed)).to.equal('trigger');
      } finally {
        await killed.destroy();
      }
    });
    it('tell which of them are applied, also of a database that is not there, and change nothing', async () => {
      const settings = { ...settingsOf(mariadb), database: 'half' };
      const appliedOf = async () => (await migrationStatus(settings)).filter(({ isApplied }) => isApplied).map(({ name }) => name);
      expect(await appliedOf()).to.deep.equal([]);
      expect(await db.raw("SHOW DATABASES LIKE 'half'")).to.have.nested.property('0.length', 0);
      const applied = await prepareDatabase(settings);
      expect(await appliedOf()).to.deep.equal(applied);
      const half = connect(settings);
      try {
        await half('knex_migrations').where('name', '>=', '0005').delete();
        expect(await appliedOf()).to.deep.equal(applied.filter((name) => name < '0005'));
      } finally {
        await half.destroy();
      }
    });
    it('cannot be told of a server that is not there, whose place and remedy are named', async () => {
      const socketPath = `${mariadb.socketPath}.none`;
      const error = (await migrationStatus({ ...settingsOf(mariadb), socketPath }).catch((thrown: unknown) => thrown)) as Error;
      expect(error.message).to.match(new RegExp(`^the database at ${socketPath} cannot be used: .*; check the settings under drey.mysql$`));
    });
    it('of a newer release are refused', async () => {
      const settings = { ...settingsOf(mariadb), database: 'newer' };
      await prepareDatabase(settings);
      const newer = connect(settings);
      try {
        await newer('knex_migrations').insert({ name: '9999_future', batch: 9, migration_time: new Date() });
        const error = (await migrate(newer).catch((thrown: unknown) => thrown)) as Error;
        expect(error.message).to.match(/newer than this program: it has 9999_future/);
      } finally {
        await newer.destroy();
      }
    });
  });
});
