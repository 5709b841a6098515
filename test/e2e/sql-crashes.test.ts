import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { eventually, flinkId, flinkJobs, jobIn } from '../support/client.ts';
import { flinkWorld } from '../support/flink-world.ts';
import { gatewayProxy, type GatewayCall, type GatewayProxy } from '../support/gateway-proxy.ts';

const SCRIPT = `
  CREATE TABLE src (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');
  CREATE TABLE snk (id BIGINT) WITH ('connector' = 'blackhole');
  INSERT INTO snk SELECT id FROM src`;

const executes = (pattern: RegExp) => (call: GatewayCall) => call.what === 'execute' && pattern.test(call.statement);
const resultOf = (pattern: RegExp) => (call: GatewayCall) => call.what === 'result' && pattern.test(call.statement);

/** The steps of a submission, each a call of the gateway. */
const STEPS: Readonly<Record<string, (call: GatewayCall) => boolean>> = {
  'the session is opened': ({ what }) => what === 'open',
  'a table is created': executes(/^\s*CREATE TABLE src/),
  'the creation is asked for': resultOf(/^\s*CREATE TABLE src/),
  'the next table is created': executes(/^\s*CREATE TABLE snk/),
  'the INSERT is explained': executes(/^EXPLAIN/),
  'the plan is asked for': resultOf(/^EXPLAIN/),
  'a table is described': executes(/^DESCRIBE/),
  'the description is asked for': resultOf(/^SHOW CREATE TABLE/),
  'the INSERT is submitted': executes(/^\s*INSERT/),
  'the submission is asked for': resultOf(/^\s*INSERT/),
  'the session is closed': ({ what }) => what === 'close',
};

for (const version of ['2.3.0', '1.20.0'] as const) {
  describe(`submissions of SQL to Flink ${version}, each held at another step,`, () => {
    // What is held waits for the slowest; what is in doubt afterwards, no longer than it has to.
    const settings = {
      DREY_FLINK_READ_TIMEOUT: '60s',
      DREY_JOB_SUBMISSION_WINDOW: '10s',
      DREY_FLINK_BREAKER_FIRST: '200ms',
      DREY_FLINK_BREAKER_MOST: '500ms',
    };
    const world = flinkWorld({ version, slots: 12, withGateway: true }, settings);
    const proxies = new Map<string, GatewayProxy>();
    before(async () => {
      for (const [i, step] of Object.keys(STEPS).entries()) {
        const proxy = await gatewayProxy(world.flink.gatewayUrl);
        proxies.set(step, proxy);
        await world.api.declareTarget(`step-${i}`, world.flink.restUrl, { sqlGatewayUrl: proxy.url });
      }
    });
    after(() => Promise.all([...proxies.values()].map((proxy) => proxy.close())));

    const victims = {
      gateway: { kill: () => world.flink.gateway()!.kill(), bringBack: () => world.flink.restartGateway() },
      daemon: { kill: () => world.daemon.end('SIGKILL'), bringBack: () => world.daemon.start(settings) },
    };
    for (const victim of ['gateway', 'daemon'] as const) {
      for (const when of ['before', 'after'] as const) {
        it(`make one Flink job each, and leave no session that was recorded, where the ${victim} is killed ${when} it`, async () => {
          const jobsBefore = await flinkJobs(world.flink.restUrl);
          const held = Object.entries(STEPS).map(([step, matches]) => proxies.get(step)!.hold(matches, when));
          const names = Object.keys(STEPS).map((_step, i) => `${victim}-${when}-${i}`);
          await Promise.all(names.map((name, i) => world.api.createSql(name, SCRIPT, { target: `step-${i}` })));
          await Promise.all(held.map(({ reached }) => reached));
          const { kill, bringBack } = victims[victim];
          await kill();
          for (const { release } of held) release();
          await bringBack();

          const jobs = await Promise.all(names.map((name) => jobIn(world.api, name, ['STARTED', 'FAILED'])));
          for (const [i, step] of Object.keys(STEPS).entries()) {
            expect(jobs[i]!.status.state, `${step}: ${JSON.stringify(jobs[i]!.status.failure)}`).to.equal('STARTED');
            expect(
              jobs[i]!.status.sourceTables?.map((table) => table.name),
              step,
            ).to.deep.equal(['src']);
            expect(await world.api.jobs(names[i]!), step).to.have.length(1);
          }
          const recorded = () => world.daemon.rows<{ id: Buffer }>('SELECT id FROM jobs WHERE sql_session IS NOT NULL');
          await eventually(recorded, (rows) => rows.length === 0);
          for (const [step, proxy] of proxies) {
            // Only what a daemon died with before it could write it down is left, to the gateway's idle timeout.
            const isUnrecorded = victim === 'daemon' && when === 'after' && step === 'the session is opened';
            expect(await proxy.openSessions(), step).to.have.length(isUnrecorded ? 1 : 0);
          }
          const made = (await flinkJobs(world.flink.restUrl)).filter(({ jid }) => !jobsBefore.some((job) => job.jid === jid));
          expect(made.map(({ jid, state }) => [jid, state])).to.have.deep.members(jobs.map((job) => [flinkId(job), 'RUNNING']));

          await Promise.all(names.map((name) => world.api.patch(name, { state: 'CANCELLED' })));
          await Promise.all(names.map((name) => jobIn(world.api, name, ['TERMINATED'])));
        });
      }
    }
  });
}
