import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, describe, it } from 'mocha';
import { cli } from '../support/cli.ts';
import { deploymentIn, eventually, flinkId, jobIn, type JobView } from '../support/client.ts';
import { flinkWorld } from '../support/flink-world.ts';
import { proxiedGateway } from '../support/gateway-proxy.ts';
import { SCRIPTS, type Tables } from '../support/sql-scripts.ts';

/** Counts per key, and prints each change: `+I[1, 1]`, `+U[1, 2]`, … */
const COUNTING = `
  CREATE TABLE src (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '40', 'fields.id.min' = '1', 'fields.id.max' = '2');
  CREATE TABLE counts (id INT, n BIGINT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'print', 'print-identifier' = 'counts');
  INSERT INTO counts SELECT id, COUNT(*) FROM src GROUP BY id`;

const BOUNDED = `
  CREATE TABLE src (id INT) WITH ('connector' = 'datagen', 'number-of-rows' = '20');
  CREATE TABLE snk (id INT) WITH ('connector' = 'blackhole');
  INSERT INTO snk SELECT id FROM src`;

for (const version of ['2.3.0', '1.20.0'] as const) {
  describe(`SQL on Flink ${version}`, () => {
    const world = flinkWorld({ version, slots: 20, withGateway: true });
    const { noSessionIsLeft } = proxiedGateway(world);
    const tablesOf = ({ status }: JobView): Tables => ({ sources: status.sourceTables ?? [], sinks: status.sinkTables ?? [] });

    /** A folder of files to be read. */
    const folder = mkdtempSync(join(tmpdir(), 'drey-test-sql-'));
    writeFileSync(join(folder, 'lines.csv'), 'a line\n');
    after(() => rmSync(folder, { recursive: true, force: true }));
    const placed = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll('FOLDER', `file:${folder}`)) as T;

    for (const [what, { script, tables }] of Object.entries(placed(SCRIPTS))) {
      it(`runs ${what}, and tells its tables before it is STARTED`, async () => {
        const name = what
          .replaceAll(/[^a-z]+/g, '-')
          .slice(0, 40)
          .replace(/-$/, '');
        await world.api.createSql(name, script, { target: 'proxied' });
        const told = await eventually(
          () => world.api.jobs(name),
          (jobs) => jobs[0]?.status.sourceTables !== undefined || jobs[0]?.status.failure !== undefined,
        );
        expect(told[0]?.status.failure, JSON.stringify(told[0]?.status.failure)).to.equal(undefined);
        expect(tablesOf(told[0]!)).to.deep.equal(tables);
        const job = await jobIn(world.api, name, ['STARTED', 'FAILED']);
        expect(job.status.state, JSON.stringify(job.status.failure)).to.equal('STARTED');
        expect(tablesOf(job)).to.deep.equal(tables);
        expect(await world.flinkState(flinkId(job))).to.equal('RUNNING');
        const described = await cli(world.daemon.apiUrl, ['describe', 'job', job.metadata.id]);
        for (const [label, all] of [
          ['Reads', tables.sources],
          ['Writes', tables.sinks],
        ] as const) {
          for (const { catalogName, databaseName, name: of, temporary, columns, properties } of all) {
            const line = described.out
              .split('\n')
              .find((each) => each.includes(label) && each.includes(`${catalogName}.${databaseName}.${of}`));
            expect(line).to.include(
              `${temporary ? ', temporary' : ''} (${columns.map((column) => `${column.name} ${column.type}`).join(', ')})`,
            );
            for (const [key, value] of Object.entries(properties)) expect(line).to.include(`${key}=${value}`);
          }
        }
        await world.api.patch(name, { state: 'CANCELLED' });
        await jobIn(world.api, name, ['TERMINATED']);
        await noSessionIsLeft();
      });
    }

    it('goes on counting when a Deployment is suspended and started again, and with another parallelism', async () => {
      /** The highest count that was printed, and how often counting began anew. */
      const printed = () => {
        const lines = readFileSync(world.flink.taskManager().logFile, 'utf8')
          .split('\n')
          .filter((line) => line.includes('counts'));
        const counts = lines.flatMap((line) => Number(/\+[UI]\[\d, (\d+)\]/.exec(line)?.[1] ?? 0));
        return { highest: Math.max(0, ...counts), begun: lines.filter((line) => line.includes('+I[')).length };
      };
      const countedBeyond = (count: number) =>
        eventually(
          () => Promise.resolve(printed()),
          ({ highest }) => highest > count,
        );
      const stateful = { upgradeStrategy: { kind: 'STATEFUL' }, restoreStrategy: { kind: 'LATEST_STATE' } };
      await world.api.createSql('counting', COUNTING, { spec: stateful });
      const first = await jobIn(world.api, 'counting', ['STARTED', 'FAILED']);
      await countedBeyond(20);
      await world.api.patch('counting', { state: 'SUSPENDED' });
      await deploymentIn(world.api, 'counting', 'SUSPENDED');
      expect(await world.flinkState(flinkId(first))).to.equal('FINISHED');
      const [taken] = await world.api.savepoints('counting');
      expect(taken?.metadata.origin).to.equal('SUSPEND');
      const before = printed();
      expect(before.begun).to.equal(2);

      await world.api.patch('counting', { state: 'RUNNING' });
      const second = await jobIn(world.api, 'counting', ['STARTED']);
      expect(second.spec.savepointLocation).to.equal(taken?.spec.savepointLocation);
      await countedBeyond(before.highest + 20);

      await world.api.patch('counting', { template: { spec: { parallelism: 2 } } });
      await eventually(
        () => world.api.jobs('counting'),
        (jobs) => jobs.length === 3 && jobs[2]?.status.state === 'STARTED',
      );
      const third = (await world.api.jobs('counting'))[2]!;
      expect(third.spec.parallelism).to.equal(2);
      expect((await world.api.savepoints('counting'))[1]?.metadata.origin).to.equal('SUSPEND_AND_UPGRADE');
      await countedBeyond(printed().highest + 20);
      expect(printed().begun).to.equal(2);
      await world.api.patch('counting', { state: 'CANCELLED' });
      await deploymentIn(world.api, 'counting', 'CANCELLED');
    });

    it('tells the same tables by compiled plans, where the gateway and the daemon share a folder', async () => {
      const plans = join(folder, 'plans');
      mkdirSync(plans);
      await world.daemon.end('SIGTERM');
      await world.daemon.start({ DREY_SQL_PLAN_DIRECTORY: plans });
      for (const [i, { script, tables }] of Object.values(placed(SCRIPTS)).entries()) {
        await world.api.createSql(`planned-${i}`, script);
        const job = await jobIn(world.api, `planned-${i}`, ['STARTED', 'FAILED']);
        expect(job.status.state, JSON.stringify(job.status.failure)).to.equal('STARTED');
        expect(tablesOf(job).sources).to.have.deep.members(tables.sources);
        expect(tablesOf(job).sinks).to.have.deep.members(tables.sinks);
        await world.api.patch(`planned-${i}`, { state: 'CANCELLED' });
        await jobIn(world.api, `planned-${i}`, ['TERMINATED']);
      }
      // 1.20 compiles no plan of a batch job, which is explained then.
      await world.api.createSql('planned-batch', BOUNDED.replace(/^/, "SET 'execution.runtime-mode' = 'batch';"));
      const batch = await jobIn(world.api, 'planned-batch', ['FINISHED', 'FAILED']);
      expect([batch.status.state, batch.status.sinkTables?.length]).to.deep.equal(['FINISHED', 1]);
      expect(readdirSync(plans)).to.deep.equal([]);
    });

    it('is FINISHED when a script comes to its end', async () => {
      await world.api.createSql('bounded', BOUNDED, { target: 'proxied' });
      const job = await jobIn(world.api, 'bounded', ['FINISHED', 'FAILED']);
      expect(job.status.state, JSON.stringify(job.status.failure)).to.equal('FINISHED');
      expect(job.status.sourceTables).to.have.length(1);
      await deploymentIn(world.api, 'bounded', 'FINISHED');
      // So is one that is all batch.
      await world.api.createSql('batch', `SET 'execution.runtime-mode' = 'batch'; ${BOUNDED}`, { target: 'proxied' });
      expect((await jobIn(world.api, 'batch', ['FINISHED', 'FAILED'])).status.state).to.equal('FINISHED');
      await noSessionIsLeft();
    });
  });
}
