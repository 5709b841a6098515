import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { GatewayClient, Result } from '../../src/flink/gateway-client.ts';
import { sqlCheck, visibleFault } from '../../src/targets/sql-check.ts';

/** A gateway that has some tables, and remembers what was run in its sessions. */
function gateway(tables: readonly string[] = [], settings: Readonly<Record<string, string>> = {}) {
  const run: string[] = [];
  let [open, statement] = [0, ''];
  const client: GatewayClient = {
    openSession: () => Promise.resolve(`s${++open}`),
    sessionSettings: () => Promise.resolve(settings),
    execute: (_session, text) => {
      statement = text;
      run.push(text.replaceAll(/\s+/g, ' ').trim());
      return Promise.resolve('o');
    },
    deliver: () => expect.fail('nothing is submitted'),
    result: (): Promise<Result> => {
      const asked = /^DESCRIBE (.*)$/.exec(statement)?.[1];
      if (asked === undefined || tables.includes(asked)) return Promise.resolve({ kind: 'done', rows: [] });
      return Promise.resolve({ kind: 'failed', chain: [{ className: 'a.ValidationException', message: 'no such table' }] });
    },
    closeSession() {
      open--;
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return { run, check: (script: string) => sqlCheck(client, script, {}, 1000), open: () => open };
}

const STORE = { 'table.catalog-store.kind': 'file' };
const INSERT = 'INSERT INTO a SELECT 1';

describe('a check of a script', () => {
  const table: readonly [what: string, script: string, ran: readonly string[]][] = [
    [
      'as it is, where nothing outlives the session',
      `CREATE DATABASE d; DROP TABLE t; ${INSERT}`,
      ['CREATE DATABASE d', 'DROP TABLE t', `EXPLAIN ${INSERT}`],
    ],
    [
      'temporarily, behind a catalog that is not in memory',
      `CREATE CATALOG h COMMENT 'generic_in_memory' WITH ('type' = 'hive'); CREATE TABLE h.d.t (i INT); CREATE VIEW v AS SELECT 1; ${INSERT}`,
      [
        "CREATE CATALOG h COMMENT 'generic_in_memory' WITH ('type' = 'hive')",
        'DESCRIBE h.d.t',
        'CREATE TEMPORARY TABLE h.d.t (i INT)',
        'DESCRIBE v',
        'CREATE TEMPORARY VIEW v AS SELECT 1',
        `EXPLAIN ${INSERT}`,
      ],
    ],
    [
      'with a catalog in memory',
      `CREATE CATALOG m WITH ('type' = 'generic_in_memory'); CREATE TABLE m.d.t (i INT)`,
      ["CREATE CATALOG m WITH ('type' = 'generic_in_memory')", 'CREATE TABLE m.d.t (i INT)'],
    ],
  ];
  for (const [what, script, ran] of table) {
    it(`carries definitions out ${what}`, async () => {
      const { run, check, open } = gateway();
      expect((await check(script)).kind).to.equal('valid');
      expect(run).to.deep.equal(ran);
      expect(open()).to.equal(0);
    });
  }

  const unchecked: readonly [string, string][] = [
    ['a database', 'CREATE DATABASE d'],
    ['a database whose name is a word of the grammar', 'DROP DATABASE temporary CASCADE'],
    ['a table of such a database', 'DROP TABLE c.temporary.orders'],
    ['a catalog', "CREATE CATALOG c WITH ('type' = 'generic_in_memory')"],
    ['a change of a table', 'ALTER TABLE t RENAME TO u'],
  ];
  for (const [what, statement] of unchecked) {
    it(`does not carry out what would change ${what} of a gateway that keeps its catalogs`, async () => {
      const { run, check } = gateway([], STORE);
      expect(await check(`${statement};\n${INSERT}`)).to.include({ kind: 'invalid', why: 'unsupported' });
      expect(run).to.deep.equal([]);
    });
  }

  it('goes on with the table that is there where a definition says IF NOT EXISTS, and stumbles over it where not', async () => {
    const { run, check } = gateway(['`a b`.t'], STORE);
    expect((await check(`CREATE TABLE IF NOT EXISTS \`a b\`.t (i INT); ${INSERT}`)).kind).to.equal('valid');
    expect(run).to.deep.equal(['DESCRIBE `a b`.t', `EXPLAIN ${INSERT}`]);
    expect(await check(`CREATE TABLE \`a b\`.t (i INT); ${INSERT}`)).to.include({
      why: 'statement',
      message: '`a b`.t already exists; write IF NOT EXISTS',
    });
  });

  it('drops what is temporary, wherever that is said', async () => {
    const { run, check } = gateway([], STORE);
    expect((await check('DROP TEMPORARY TABLE t; SHOW TABLES')).kind).to.equal('valid');
    expect(run).to.deep.equal(['DROP TEMPORARY TABLE t', 'SHOW TABLES']);
  });

  it('sees of itself what no Deployment may be, and tells it with the names of secrets', () => {
    expect(visibleFault("DELETE FROM t WHERE k = '${token}'")).to.deep.include({ why: 'unsupported', from: { line: 1, column: 1 } });
    expect(visibleFault("SELECT '${token}'")).to.equal(undefined);
    expect(visibleFault(' -- nothing')).to.include({ why: 'statement', message: 'there is no statement' });
    expect(visibleFault(`${INSERT};\n${INSERT}`)).to.deep.include({ why: 'unsupported', from: { line: 2, column: 1 } });
  });
});
