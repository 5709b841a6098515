import { expect } from 'chai';
import { describe, it } from 'mocha';
import { freePort } from '../../src/embedded/addresses.ts';
import { cli } from '../support/cli.ts';
import { deploymentIn, eventually, flinkId, flinkJobs, jobIn } from '../support/client.ts';
import { flinkSimulator } from '../support/flink-simulator.ts';
import { flinkWorld } from '../support/flink-world.ts';
import { proxiedGateway } from '../support/gateway-proxy.ts';

for (const version of ['2.3.0', '1.20.0'] as const) {
  describe(`SQL that cannot run on Flink ${version}`, () => {
    const world = flinkWorld({ version, slots: 4, withGateway: true });
    const gateway = proxiedGateway(world);
    const { noSessionIsLeft } = gateway;

    const tables = `CREATE TABLE src (id INT, name STRING) WITH ('connector' = 'datagen');
CREATE TABLE snk (id INT, name STRING) WITH ('connector' = 'blackhole');
`;
    /** Each is FAILED with these words, as is `drey sql check`. */
    const failing: Readonly<Record<string, readonly [script: string, failure: RegExp]>> = {
      'a syntax error': [
        `${tables}INSERT INTO snk\n SELECT id,, name FROM src`,
        /^statement 3 \(INSERT INTO snk SELECT id,, name FROM src\), at line 4, column 12: .*Encountered ","/,
      ],
      'an unknown table': [`${tables}INSERT INTO snk SELECT id, name FROM nowhere`, /, at line 3, column 38: Object 'nowhere' not found$/],
      'an unknown connector': [
        `${tables}CREATE TABLE odd (id INT, name STRING) WITH ('connector' = 'carrier-pigeon');\nINSERT INTO odd SELECT id, name FROM src`,
        /^statement 4 \(INSERT INTO odd .*\), at line 4, column 1: table default_catalog\.default_database\.odd: Could not find any factory for identifier 'carrier-pigeon'/,
      ],
      'a type error': [
        `${tables}INSERT INTO snk SELECT id + DATE '2024-01-01', name FROM src`,
        /, at line 3, column 24: Cannot apply '\+' to arguments of type '<INTEGER> \+ <DATE>'/,
      ],
      'a connector jar that is missing': [
        `ADD JAR '/nowhere/connector.jar';\n${tables}INSERT INTO snk SELECT id, name FROM src`,
        /^statement 1 \(ADD JAR .*\), at line 1, column 1: .*\/nowhere\/connector\.jar/,
      ],
    };
    for (const [what, [script, failure]] of Object.entries(failing)) {
      it(`tells of ${what} where it is, runs no Flink job, and leaves no session`, async () => {
        const name = what.replaceAll(' ', '-');
        const jobs = await flinkJobs(world.flink.restUrl);
        await world.api.createSql(name, script, { target: 'proxied', spec: { maxJobCreationAttempts: 1 } });
        const job = await jobIn(world.api, name, ['FAILED', 'STARTED']);
        expect(job.status.failure?.reason).to.equal('ScriptRefused');
        expect(job.status.failure?.message).to.match(failure);
        expect(job.status.sourceTables).to.equal(undefined);
        await deploymentIn(world.api, name, 'FAILED');
        const checked = await cli(world.daemon.apiUrl, ['sql', 'check', '-', '--target', 'proxied'], { stdin: script });
        const [, place = '', words = ''] = /at (line \d+, column \d+): (.{10})/s.exec(job.status.failure?.message ?? '') ?? [];
        expect(checked.code).to.equal(1);
        expect(checked.out).to.include(`-:${place.replaceAll(/[a-z ]+/g, '').replace(',', ':')}: ${words}`);
        expect(await flinkJobs(world.flink.restUrl)).to.have.length(jobs.length);
        await noSessionIsLeft();
      });
    }

    const refused: Readonly<Record<string, readonly [script: string, answer: RegExp]>> = {
      'two INSERTs': [
        `${tables}INSERT INTO snk SELECT 1, 'a';\nINSERT INTO snk SELECT 2, 'b'`,
        /line 4, column 1: statement 4 \(INSERT INTO snk SELECT 2, 'b'\) is one INSERT too many/,
      ],
      'no INSERT': [tables, /line 2, column 73: the script has no INSERT/],
      'a SELECT only': [
        `${tables}SELECT id FROM src`,
        /line 3, column 1: statement 3 \(SELECT id FROM src\) is a query whose result nobody reads/,
      ],
    };
    for (const [what, [script, answer]] of Object.entries(refused)) {
      it(`refuses ${what} with a 400 that says where`, async () => {
        const jobs = await flinkJobs(world.flink.restUrl);
        const fault: unknown = await world.api.createSql('refused', script, { target: 'proxied' }).catch((error: unknown) => error);
        expect(String(fault))
          .to.match(/: 400 /)
          .and.to.match(answer);
        expect(await flinkJobs(world.flink.restUrl)).to.have.length(jobs.length);
        await noSessionIsLeft();
      });
    }

    it('tells of a secret that is missing', async () => {
      const script = `${tables.replace("'blackhole'", "'print', 'print-identifier' = '${nobody}'")}INSERT INTO snk SELECT id, name FROM src`;
      await world.api.createSql('missing-secret', script, { target: 'proxied', spec: { maxJobCreationAttempts: 1 } });
      const { status } = await jobIn(world.api, 'missing-secret', ['FAILED', 'STARTED']);
      expect(status.failure?.reason).to.equal('SecretMissing');
      expect(status.failure?.message).to.match(/there is no SecretValue "nobody" .* \(line 2, column \d+ of the script\)/);
      expect((await cli(world.daemon.apiUrl, ['sql', 'check', '-', '--target', 'proxied'], { stdin: script })).out).to.match(
        /^-:2:\d+: there is no SecretValue "nobody"/,
      );
      await noSessionIsLeft();
    });

    it('waits for a gateway that cannot be reached, and says so', async () => {
      await world.api.declareTarget('deaf', world.flink.restUrl, { sqlGatewayUrl: `http://localhost:${await freePort()}` });
      await world.api.createSql('deaf', `${tables}INSERT INTO snk SELECT id, name FROM src`, { target: 'deaf' });
      const [waiting] = await eventually(
        () => world.api.jobs('deaf'),
        ([job]) => job?.status.starting?.waitingFor?.includes('ECONNREFUSED') === true,
      );
      expect(waiting?.status.starting?.waitingFor).to.match(/POST http:\/\/localhost:\d+\/v1\/sessions: connect ECONNREFUSED/);
      await world.api.patch('deaf', { state: 'CANCELLED' });
      expect((await jobIn(world.api, 'deaf', ['TERMINATED'])).status.sourceTables).to.equal(undefined);
    });

    it('stops what a gateway has submitted to another cluster than that of its target, and says what to correct', async () => {
      const other = await flinkSimulator();
      try {
        await world.api.declareTarget('other', other.url, { sqlGatewayUrl: gateway.proxy.url });
        await world.api.createSql('elsewhere', `${tables}INSERT INTO snk SELECT id, name FROM src`, {
          target: 'other',
          spec: { maxJobCreationAttempts: 1 },
        });
        const job = await jobIn(world.api, 'elsewhere', ['FAILED', 'STARTED']);
        expect(job.status.failure?.message).to.match(
          /submits to another cluster .* was stopped there; correct rest\.address and rest\.port/,
        );
        await eventually(
          () => world.flinkState(flinkId(job)),
          (state) => state === 'CANCELED',
        );
        await noSessionIsLeft();
      } finally {
        await other.close();
      }
    });

    it('ends a submission that is not wanted any more with its session', async () => {
      const held = gateway.proxy.hold(
        ({ what, statement }) => what === 'execute' && /INSERT/.test(statement) && !statement.startsWith('EXPLAIN'),
        'before',
      );
      await world.api.createSql('unwanted', `${tables}INSERT INTO snk SELECT id, name FROM src`, { target: 'proxied' });
      await held.reached;
      await world.api.patch('unwanted', { state: 'CANCELLED' });
      await eventually(
        () => gateway.proxy.openSessions(),
        (open) => open.length === 0,
      );
      held.release();
      const job = await jobIn(world.api, 'unwanted', ['TERMINATED']);
      expect(await world.flinkState(flinkId(job))).to.equal(undefined);
      await noSessionIsLeft();
    });
  });
}
