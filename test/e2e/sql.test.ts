import { expect } from 'chai';
import { describe, it } from 'mocha';
import { eventually, flinkId, jobIn } from '../support/client.ts';
import { flinkWorld } from '../support/flink-world.ts';

for (const version of ['2.3.0', '1.20.0'] as const) {
  describe(`SQL on Flink ${version}`, () => {
    const world = flinkWorld({ version, slots: 20, withGateway: true });

    it('runs a script from datagen to blackhole, and tells its tables before it is STARTED', async () => {
      await world.api.createSql(
        'simple',
        `CREATE TABLE src (id BIGINT, name STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '5');
         CREATE TEMPORARY TABLE snk (id BIGINT, name STRING) WITH ('connector' = 'blackhole');
         INSERT INTO snk SELECT id, name FROM src;`,
      );
      const job = await jobIn(world.api, 'simple', ['STARTED', 'FAILED']);
      expect(job.status.sourceTables).to.have.length(1);
      expect(await world.flinkState(flinkId(job))).to.equal('RUNNING');
      await eventually(
        () => world.daemon.rows<{ sql_session: string | null }>('SELECT sql_session FROM jobs'),
        (rows) => rows.every((row) => row.sql_session === null),
      );
      await world.api.patch('simple', { state: 'CANCELLED' });
    });
  });
}
