import { expect } from 'chai';
import type { Knex } from 'knex';
import { after, before, describe, it } from 'mocha';
import { v7 as uuid } from 'uuid';
import { connect, type DatabaseSettings } from '../../src/store/connection.ts';
import { prepareDatabase } from '../../src/store/prepare.ts';
import { grantsFor, specGuard } from '../../src/store/spec-guard.ts';
import { sqlStore } from '../../src/store/store.ts';
import { aDeployment, aSeen, aSubmittedJob, aTarget } from '../support/factories.ts';
import { errnoOf, settingsOf, type Mariadb } from '../support/mariadb.ts';
import { privateMariadb } from '../support/servers.ts';

describe('a server with a binary log and ordinary accounts', () => {
  let mariadb: Mariadb;
  let root: Knex;
  const account = (user: string): DatabaseSettings => ({ ...settingsOf(mariadb), user, password: 'pw' });
  before(async () => {
    mariadb = await privateMariadb({ args: ['--log-bin=binlog', '--server-id=1'] });
    root = connect({ ...settingsOf(mariadb), database: undefined });
    for (const user of ['migrator', 'worker']) {
      await root.raw(`CREATE USER '${user}'@'localhost' IDENTIFIED BY 'pw'`);
      await root.raw(`GRANT ALL ON drey.* TO '${user}'@'localhost'`);
    }
    await prepareDatabase(account('migrator'));
  });
  after(async () => {
    await root.destroy();
    await mariadb.stop();
  });

  it('is refused while nothing guards the specs, with the remedy; the remedy then refuses to change them', async () => {
    const worker = connect(account('worker'));
    const refusal = (await specGuard(worker).catch((error: unknown) => error)) as Error;
    await worker.destroy();
    expect(refusal.message).to.match(/log_bin_trust_function_creators=1/);
    expect(refusal.message).to.match(/GRANT SELECT, INSERT, DELETE, UPDATE \(modified_at, state/);

    for (const statement of await grantsFor(root, 'worker@localhost', 'drey')) await root.raw(statement);
    const granted = connect(account('worker'));
    try {
      expect(await specGuard(granted)).to.equal('grants');
      expect(await errnoOf(granted.raw(`UPDATE jobs SET spec = '{}'`))).to.equal(1143);
      expect(await errnoOf(granted.raw(`INSERT INTO jobs (id) VALUES ('x') ON DUPLICATE KEY UPDATE spec = '{}'`))).to.equal(1143);
    } finally {
      await granted.destroy();
    }
  });
  it('is refused with the grants of an earlier release, which name neither new columns nor new tables', async () => {
    const refusalAfter = async (...statements: string[]): Promise<string> => {
      for (const statement of await grantsFor(root, 'worker@localhost', 'drey')) await root.raw(statement);
      for (const statement of statements) await root.raw(statement);
      const worker = connect(account('worker'));
      const refusal = (await specGuard(worker).catch((error: unknown) => error)) as Error;
      await worker.destroy();
      return refusal.message;
    };
    expect(await refusalAfter('REVOKE UPDATE (evidence) ON drey.jobs FROM worker@localhost')).to.match(/UPDATE \(.*evidence/);
    expect(await refusalAfter('REVOKE ALL PRIVILEGES ON drey.regime FROM worker@localhost')).to.match(/`drey`.`regime` TO/);
    const [tables] = (await root.raw("SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'drey'")) as [
      { name: string }[],
    ];
    const granted = (await grantsFor(root, 'worker@localhost', 'drey')).join('\n');
    for (const { name } of tables) expect(granted).to.include(`\`drey\`.\`${name}\` TO`);
  });
  it('can do all its work under the remedy', async () => {
    for (const statement of await grantsFor(root, 'worker@localhost', 'drey')) await root.raw(statement);
    const granted = connect(account('worker'));
    try {
      const store = sqlStore(granted);
      const target = aTarget({ id: uuid() });
      await store.insertTarget(target);
      const deployment = aDeployment({ id: uuid(), spec: { deploymentTargetId: target.id } });
      await store.insertDeployment(deployment, []);
      const job = aSubmittedJob({ id: uuid(), deploymentId: deployment.id, targetId: target.id });
      await store.change(deployment.id, (held) => ({ deployment: held.deployment, jobs: [job], events: [] }));
      await store.change(deployment.id, (held) => ({ deployment: held.deployment, jobs: [{ ...job, restarts: 1 }], events: [] }));
      const seen = aSeen({ restarts: 2 });
      expect(await store.recordSightings([{ job: { ...job, version: 2 }, seen, ageMs: () => 0 }])).to.equal(1);
    } finally {
      await granted.destroy();
    }
  });
});
