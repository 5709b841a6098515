import { expect } from 'chai';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { isDreyError } from '../../src/domain/errors.ts';
import { gatewayClient, readOperationHandle, type GatewayClient, type Row } from '../../src/flink/gateway-client.ts';
import { statementFailure, type StatementFailure } from '../../src/flink/gateway-failure.ts';
import { tablesOfExplanation, tablesOfPlan } from '../../src/flink/sql-tables.ts';
import { hasThrowable, throwables } from '../../src/flink/throwables.ts';
import { runStatement } from '../../src/targets/run-statement.ts';
import { eventually, flinkJobs } from '../support/client.ts';
import { CONTRACT_LIMITS } from '../support/flink-contract/world.ts';
import { gatewayFailures, gatewayPlans, gatewayTables, GATEWAY_SETUP, VERSIONS } from '../support/gateway-texts.ts';
import { privateFlink, type PrivateFlink } from '../support/servers.ts';

const LIMIT_MS = 30_000;
const INSERT = 'INSERT INTO snk SELECT id, name FROM src';

/*
 * What Drey builds on, asked of real gateways: the texts of `fixtures/gateway`, which the unit tests read, and what a gateway does with sessions,
 * operations and ids. A new version of Flink is taken in by making this pass.
 */
for (const version of VERSIONS) {
  describe(`The contract with the SQL Gateway of Flink ${version}`, function () {
    this.timeout(90_000);
    let flink: PrivateFlink;
    let client: GatewayClient;
    let session: string;
    before(async () => {
      flink = await privateFlink({ version, withGateway: true });
      client = gatewayClient(new URL(flink.gatewayUrl), CONTRACT_LIMITS, { asked: () => undefined, breakerMoved: () => undefined });
      session = await opened();
    });
    after(async () => {
      await client.close();
      await flink.stop();
    });

    const opened = async (properties: Readonly<Record<string, string>> = {}): Promise<string> => {
      const handle = await client.openSession('contract', properties);
      for (const statement of GATEWAY_SETUP)
        expect((await runStatement(client, handle, statement, LIMIT_MS)).kind, statement).to.equal('done');
      return handle;
    };
    const rowsOf = async (statement: string): Promise<readonly Row[]> => {
      const result = await runStatement(client, session, statement, LIMIT_MS);
      if (result.kind !== 'done') throw new Error(`${statement}: ${statementFailure(result.chain).message}`);
      return result.rows;
    };
    const failureOf = async (statement: string): Promise<StatementFailure> => {
      const result = await runStatement(client, session, statement, LIMIT_MS);
      if (result.kind !== 'failed') throw new Error(`${statement} did not fail`);
      return statementFailure(result.chain);
    };
    /** What a gateway lists of its catalogs and connectors is not the same everywhere. */
    const withoutLists = ({ message, ...places }: StatementFailure): StatementFailure => ({
      ...places,
      message: message.replace(/ in any of the catalogs \[.*\]|\nAvailable factory identifiers are:\n[^]*/, ''),
    });

    describe('texts', () => {
      it('of EXPLAIN, which starts nothing', async () => {
        for (const { name, statement, explanation } of gatewayPlans(version)) {
          // It needs a connector that Flink does not bring along.
          if (name === 'a lookup join') continue;
          const [[cell] = []] = await rowsOf(`EXPLAIN ${statement}`);
          expect(tablesOfExplanation(cell), name).to.deep.equal(tablesOfExplanation(explanation));
        }
        expect(await flinkJobs(flink.restUrl)).to.deep.equal([]);
      });
      it('of COMPILE PLAN, which starts nothing', async () => {
        for (const { name, statement, plan } of gatewayPlans(version)) {
          if (name === 'a lookup join') continue;
          const file = join(flink.folder, `${randomUUID()}.json`);
          await rowsOf(`COMPILE PLAN 'file://${file}' FOR ${statement}`);
          expect(tablesOfPlan(await readFile(file, 'utf8')), name).to.deep.equal(tablesOfPlan(plan));
        }
        expect(await flinkJobs(flink.restUrl)).to.deep.equal([]);
      });
      it('of SHOW CREATE TABLE and DESCRIBE', async () => {
        for (const { name, create, show, describe: rows } of gatewayTables(version)) {
          await rowsOf(create);
          const table = /TABLE (\w+)/.exec(create)?.[1] ?? '';
          expect(await rowsOf(`SHOW CREATE TABLE ${table}`), name).to.deep.equal([[show]]);
          expect(await rowsOf(`DESCRIBE ${table}`), name).to.deep.equal(rows);
        }
      });
      it('of failures', async () => {
        for (const { name, statement, answer } of gatewayFailures(version)) {
          if (OF_SUBMISSIONS.includes(name)) continue;
          const sent = statement.replace('<deep>', `${'('.repeat(3000)}1${')'.repeat(3000)}`);
          expect(withoutLists(await failureOf(sent)), name).to.deep.equal(withoutLists(statementFailure(throwables(answer))));
        }
      });
    });

    describe('sessions and operations', () => {
      it('that are not known', async () => {
        const unknown = randomUUID();
        expect(await client.execute(unknown, 'SHOW TABLES')).to.equal(undefined);
        expect(await client.sessionSettings(unknown)).to.equal(undefined);
        expect(await client.result(unknown, randomUUID())).to.deep.equal({ kind: 'gone' });
        expect(await client.result(session, randomUUID())).to.deep.equal({ kind: 'gone' });
        await client.closeSession(unknown);
      });
      it('have results that come whole, and can be read again', async () => {
        const columns = Array.from({ length: 3000 }, (_, i) => `c${i} INT`);
        await rowsOf(`CREATE TABLE wide (${columns.join(', ')}) WITH ('connector' = 'datagen')`);
        const operation = (await client.execute(session, 'DESCRIBE wide'))!;
        const result = await eventually(
          () => client.result(session, operation),
          ({ kind }) => kind !== 'running',
        );
        expect(result.kind === 'done' && result.rows).to.have.length(3000);
        expect(await client.result(session, operation)).to.deep.equal(result);
      });
      it('are refused for their options', async () => {
        const error: unknown = await client.openSession('x', { 'table.catalog-store.kind': 'nope' }).catch((thrown: unknown) => thrown);
        expect(isDreyError(error, 'sessionRefused') && error.message).to.match(/Could not find any factory for identifier 'nope'/);
      });
      it('end in a failure without an exception of the gateway, where a result cannot be told', async () => {
        const handle = await client.openSession('x', { 'table.local-time-zone': 'Mars' });
        const result = await runStatement(client, handle, "CREATE TABLE t (x INT) WITH ('connector' = 'datagen')", LIMIT_MS);
        expect(result.kind === 'failed' && hasThrowable(result.chain, 'SqlExecutionException')).to.equal(false);
        await client.closeSession(handle);
      });
    });

    describe('what is refused of a script is what Flink would take', () => {
      const settings: readonly (readonly [setting: string, versions?: string])[] = [
        ["SET ' table.dml-sync\t' = 'x'"],
        ["SET '\u0001table.dml-sync' = 'x'"],
        ["SET 'table.'\n'dml-sync' = 'x'"],
        ["SET 'table.' /* a */ 'dml-sync' = 'x'"],
        ["SET U&'table.dml\\002dsync' = 'x'"],
        ["SET N'table.dml-sync' = 'x'"],
        ["SET _UTF8'table.dml-sync' = 'x'"],
        ["SET E'table.dml-sync' = 'x'", '2.3.0'],
        ["SET /***/ 'a' = 'b' /* */ 'table.dml-sync' = 'x'"],
      ];
      for (const [setting, versions = version] of settings) {
        if (versions !== version) continue;
        it(setting, async () => {
          const handle = await client.openSession('x', {});
          await runStatement(client, handle, setting, LIMIT_MS);
          expect(await client.sessionSettings(handle)).to.include({ 'table.dml-sync': 'x' });
          await client.closeSession(handle);
        });
      }
      it("SET a.b = 'it''s'", async () => {
        await runStatement(client, session, "SET a.b = 'it''s'", LIMIT_MS);
        expect(await client.sessionSettings(session)).to.include({ 'a.b': 'it' });
      });
    });

    describe('a submission', () => {
      const ID = '$internal.pipeline.job-id';
      const submitted = async (options: Readonly<Record<string, string>>): Promise<string> => {
        const delivery = await client.deliver(session, INSERT, options);
        return readOperationHandle(delivery.kind === 'answered' ? delivery.reply.text : '') ?? expect.fail(JSON.stringify(delivery));
      };
      const resultOf = async (operation: string) =>
        eventually(
          () => client.result(session, operation),
          ({ kind }) => kind !== 'running',
        );
      const stateOf = async (id: string): Promise<string | undefined> =>
        (await flinkJobs(flink.restUrl)).find(({ jid }) => jid === id)?.state;

      it('has the id that it is given, once, and leaves nothing of it in the session', async () => {
        const id = randomBytes(16).toString('hex');
        expect(await resultOf(await submitted({ [ID]: id, 'parallelism.default': '1' }))).to.deep.equal({ kind: 'done', rows: [[id]] });
        await eventually(
          () => stateOf(id),
          (state) => state === 'RUNNING',
        );
        expect(await client.sessionSettings(session)).not.to.have.property(ID);
        const again = await resultOf(await submitted({ [ID]: id }));
        expect(again.kind === 'failed' && statementFailure(again.chain).message).to.match(/Duplicate(Application|Job)SubmissionException/);
      });
      it('from a savepoint that is missing leaves a job that is FAILED', async () => {
        const id = randomBytes(16).toString('hex');
        const result = await resultOf(await submitted({ [ID]: id, 'execution.state-recovery.path': 'file:/nowhere/sp' }));
        expect(result.kind === 'failed' && hasThrowable(result.chain, 'JobInitializationException')).to.equal(true);
        expect(await stateOf(id)).to.equal('FAILED');
      });
      it('that was only begun ends with its session', async () => {
        const handle = await opened();
        const id = randomBytes(16).toString('hex');
        await client.deliver(handle, INSERT, { [ID]: id });
        await client.closeSession(handle);
        // Another that is begun afterwards, and comes all the way, takes at least as long.
        const other = randomBytes(16).toString('hex');
        await resultOf(await submitted({ [ID]: other }));
        expect(await stateOf(other)).to.be.a('string');
        expect(await stateOf(id)).to.equal(undefined);
      });
    });
  });
}

/** Of what is not a statement's own. */
const OF_SUBMISSIONS = [
  ...['an id that is in use', 'a savepoint that is missing', 'a JobManager that is not there'],
  ...['a value that cannot be parsed', 'a time zone that nobody knows'],
];
