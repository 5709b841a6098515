import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { flinkJobId, type Job } from '../../src/domain/job.ts';
import type { PlannedTables, SqlTableName } from '../../src/domain/sql-session.ts';
import type { GatewayClient, Result, Row } from '../../src/flink/gateway-client.ts';
import { throwables } from '../../src/flink/throwables.ts';
import type { Delivery } from '../../src/flink/transport.ts';
import type { SqlGateway } from '../../src/ports/sql.ts';
import { sqlGateway } from '../../src/targets/sql-gateway.ts';
import { aJob } from '../support/factories.ts';
import { gatewayFailures, gatewayPlans, VERSIONS } from '../support/gateway-texts.ts';

const SCRIPT = "SET 'a.b' = 'c';\nCREATE TABLE t (x INT); INSERT INTO a\n  SELECT nam FROM t";
const job = (given: Partial<Job['spec']> = {}): Job =>
  aJob({ spec: { ...aJob().spec, artifact: { kind: 'SQLSCRIPT', sqlScript: SCRIPT }, parallelism: 3, ...given } });
const name = (table: string): SqlTableName => ({ catalogName: 'c', databaseName: 'd', name: table });
const failed = (text: string): Result => ({ kind: 'failed', chain: throwables(text) });
const done = (...rows: Row[]): Result => ({ kind: 'done', rows });
const OPERATION = '0f9a1b2c-0000-4000-8000-000000000002';

describe('a script on a SQL Gateway', () => {
  /** What was sent, each with the handle of its operation: `s: text`. */
  let sent: string[];
  let opened: unknown[];
  let results: Record<string, Result>;
  let delivery: Delivery;
  let isGone: boolean;
  let gateway: SqlGateway;
  beforeEach(() => {
    [sent, opened, results, isGone] = [[], [], {}, false];
    delivery = { kind: 'answered', reply: { status: 200, text: JSON.stringify({ operationHandle: OPERATION }) } };
    gateway = sqlGateway(client, 1000, undefined);
  });
  const client: GatewayClient = {
    openSession: (session, properties) => Promise.resolve((opened.push(session, properties), 's')),
    sessionSettings: () => expect.fail('nobody asks'),
    execute: (session, statement) => Promise.resolve(isGone ? undefined : `o${sent.push(`${session}: ${statement}`)}`),
    deliver(session, statement, options) {
      sent.push(`${session}: ${statement}`);
      opened.push(options);
      return Promise.resolve(delivery);
    },
    result: (_session, operation) => Promise.resolve(results[operation] ?? { kind: 'running' }),
    closeSession: (session) => Promise.resolve(void sent.push(`close ${session}`)),
    close: () => Promise.resolve(),
  };

  it('has a session with the options of its Job, but not its id', async () => {
    const flinkConfiguration = { '$internal.pipeline.job-id': 'x', 'table.exec.a': 'b' };
    expect(await gateway.open(job({ flinkConfiguration }))).to.equal('s');
    expect(opened).to.deep.equal([`drey ${job().id}`, { 'table.exec.a': 'b' }]);
    await gateway.close('s');
    expect(sent).to.deep.equal(['close s']);
  });

  it('is sent statement by statement', async () => {
    expect(await gateway.define(job(), 's', 0)).to.deep.equal({ kind: 'begun', operation: 'o1' });
    await gateway.define(job(), 's', 1);
    await gateway.plan(job(), 's', 'explain');
    await gateway.submit(job(), 's');
    expect(sent).to.deep.equal([
      "s: \nSET 'a.b' = 'c'",
      's: \nCREATE TABLE t (x INT)',
      's: EXPLAIN \n                        INSERT INTO a\n  SELECT nam FROM t',
      's: \n                        INSERT INTO a\n  SELECT nam FROM t',
    ]);
    isGone = true;
    expect(await gateway.define(job(), 's', 0)).to.deep.equal({ kind: 'gone' });
    expect(await gateway.plan(job(), 's', 'explain')).to.deep.equal({ kind: 'gone' });
  });

  it('fails where Flink says, or else where the statement begins', async () => {
    results = {
      o1: failed('a.B: At line 2, column 14: no'),
      o2: failed('a.B: no'),
      o3: failed('a.B: From line 3, column 10 to line 3, column 12: no'),
    };
    expect(await gateway.defined(job(), 's', 'o1', 1)).to.deep.equal({ kind: 'failed', message: 'no', at: { line: 2, column: 14 } });
    expect(await gateway.defined(job(), 's', 'o2', 1)).to.deep.equal({ kind: 'failed', message: 'a.B: no', at: { line: 2, column: 1 } });
    expect(await gateway.planned(job(), 's', 'o3', 'explain')).to.deep.equal({
      kind: 'failed',
      message: 'no',
      at: { line: 3, column: 10 },
    });
    for (const kind of ['running', 'gone'] as const) {
      results = { o1: { kind } };
      expect(await gateway.defined(job(), 's', 'o1', 0)).to.deep.equal({ kind });
    }
    results = { o1: done(['OK']) };
    expect(await gateway.defined(job(), 's', 'o1', 0)).to.deep.equal({ kind: 'done', value: undefined });
  });

  it('is planned by EXPLAIN', async () => {
    const { explanation } = gatewayPlans('2.3.0')[0]!;
    results = { o1: done([explanation]) };
    const end = await gateway.planned(job(), 's', 'o1', 'explain');
    const of = (table: string) => ({ catalogName: 'default_catalog', databaseName: 'default_database', name: table });
    expect(end).to.deep.equal({ kind: 'done', value: { sources: [[of('src')]], sinks: [[of('snk')]] } });
    expect(gateway.recipes).to.deep.equal(['explain']);
  });

  describe('its tables', () => {
    const planned: PlannedTables<SqlTableName> = { sources: [[name('a'), name('a.b')]], sinks: [[name('v')]] };
    const questions = {
      sources: [
        [
          { ...name('a'), columns: 'o1', definition: 'o2' },
          { ...name('a.b'), columns: 'o3', definition: 'o4' },
        ],
      ],
      sinks: [[{ ...name('v'), columns: 'o5', definition: 'o6' }]],
    };
    const missing = failed('a.B: no such table');
    const known = {
      o1: missing,
      o2: missing,
      o3: done(['x', 'INT', false]),
      o4: done([`CREATE TABLE t (x INT) WITH ('password' = 'p', 'a' = 'b')`]),
      o5: done(['x', 'INT', true]),
      o6: missing,
    };

    it('are asked for by all their readings, each twice', async () => {
      expect(await gateway.describe('s', planned)).to.deep.equal(questions);
      expect(sent.slice(0, 4)).to.deep.equal([
        's: DESCRIBE `c`.`d`.`a`',
        's: SHOW CREATE TABLE `c`.`d`.`a`',
        's: DESCRIBE `c`.`d`.`a.b`',
        's: SHOW CREATE TABLE `c`.`d`.`a.b`',
      ]);
      isGone = true;
      expect(await gateway.describe('s', planned)).to.equal(undefined);
    });
    it('are those that exist; of one that nothing is told of, the name', async () => {
      results = known;
      const table = {
        ...name('a.b'),
        temporary: false,
        columns: [{ name: 'x', type: 'INT NOT NULL' }],
        // Masked are they once they are told with names.
        properties: { password: 'p', a: 'b' },
      };
      expect(await gateway.described(job(), 's', questions)).to.deep.equal({
        kind: 'done',
        value: { sources: [table], sinks: [{ ...name('v'), temporary: false, columns: [], properties: {} }] },
      });
    });
    for (const [kind, operation] of [
      ['running', 'o6'],
      ['gone', 'o3'],
    ] as const) {
      it(`are ${kind === 'running' ? 'waited for' : 'gone'} with one of the answers`, async () => {
        results = { ...known, [operation]: { kind } };
        expect(await gateway.described(job(), 's', questions)).to.deep.equal({ kind });
      });
    }
  });

  describe('its submission', () => {
    it('has the id of the Job, its parallelism, and does not wait', async () => {
      expect(await gateway.submit(job(), 's')).to.deep.equal({ kind: 'begun', operation: OPERATION });
      expect(opened).to.deep.equal([
        { '$internal.pipeline.job-id': flinkJobId(job()), 'parallelism.default': '3', 'table.dml-sync': 'false' },
      ]);
    });
    it('is restored from a snapshot, which stays', async () => {
      await gateway.submit(job({ savepointLocation: 's3://x/sp', allowNonRestoredState: true }), 's');
      expect(opened[0]).to.include({
        'execution.state-recovery.path': 's3://x/sp',
        'execution.state-recovery.claim-mode': 'NO_CLAIM',
        'execution.state-recovery.ignore-unclaimed-state': 'true',
      });
    });
    const errors = (text: string): string => JSON.stringify({ errors: ['Internal server error.', text] });
    const gone = "org.apache.flink.table.gateway.api.utils.SqlGatewayException: Session 'x' does not exist.";
    const answers: readonly (readonly [what: string, delivery: Delivery, answer: object])[] = [
      ['was not sent', { kind: 'notSent', message: 'refused' }, { kind: 'notSubmitted', message: 'refused' }],
      ['broke off', { kind: 'unknown', message: 'reset' }, { kind: 'inDoubt', message: 'reset' }],
      ['found no session', { kind: 'answered', reply: { status: 500, text: errors(gone) } }, { kind: 'gone' }],
      [
        'was answered by somebody else',
        { kind: 'answered', reply: { status: 200, text: '<html>' } },
        { kind: 'inDoubt', message: 'the gateway answered 200, and no operation' },
      ],
      [
        'failed at once',
        { kind: 'answered', reply: { status: 500, text: errors('a.B: no') } },
        { kind: 'inDoubt', message: 'the gateway answered 500, a.B: no' },
      ],
    ];
    for (const [what, given, answer] of answers) {
      it(`that ${what}`, async () => {
        delivery = given;
        expect(await gateway.submit(job(), 's')).to.deep.equal(answer);
      });
    }

    it('is accepted by its id alone', async () => {
      results = { o1: done([flinkJobId(job())]), o2: done(['b'.repeat(32)]), o3: done() };
      expect(await gateway.submitted(job(), 's', 'o1')).to.deep.equal({ kind: 'accepted' });
      expect(await gateway.submitted(job(), 's', 'o2')).to.include({ kind: 'inDoubt' });
      expect(await gateway.submitted(job(), 's', 'o3')).to.include({ kind: 'inDoubt' });
      expect(await gateway.submitted(job(), 's', 'o4')).to.deep.equal({ kind: 'running' });
    });
    const ends: Readonly<Record<string, string>> = {
      'an id that is in use': 'duplicate',
      // The Flink job is there, FAILED.
      'a savepoint that is missing': 'accepted',
      'a JobManager that is not there': 'inDoubt',
      'a time zone that nobody knows': 'inDoubt',
      'the validator: a column': 'refused',
      'a connector that is missing': 'refused',
      'a class that is missing': 'refused',
    };
    for (const version of VERSIONS) {
      for (const [what, kind] of Object.entries(ends)) {
        it(`is ${kind}: ${what}, Flink ${version}`, async () => {
          results = { o1: failed(gatewayFailures(version).find((failure) => failure.name === what)!.answer) };
          expect(await gateway.submitted(job(), 's', 'o1')).to.include({ kind });
        });
      }
    }
  });
});
