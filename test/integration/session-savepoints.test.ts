import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { aJob } from '../support/factories.ts';
import type { Fault } from '../support/flink-simulator.ts';
import { failureOf, sessionWorlds, until } from '../support/session-world.ts';

const ID = '0190000000007000800000000000000a';
const TRIGGER = 'b'.repeat(32);

describe('Savepoints of a session cluster', () => {
  const { world } = sessionWorlds();
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'drey-test-savepoints-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const request = (stop = false) => ({ triggerId: TRIGGER, directory: `file:${folder}/own`, stop });

  describe('an operation', () => {
    it('is unknown 5 minutes after its end, and in a new JobManager', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID);
      const release = flink.holdSavepoints();
      await cluster.savepoint(ID, request());
      flink.expireSavepoints();
      expect(await cluster.savepointOperation(ID, TRIGGER)).to.deep.equal({ kind: 'inProgress' });
      release();
      expect(await cluster.savepointOperation(ID, TRIGGER)).to.include({ kind: 'completed' });
      flink.expireSavepoints();
      expect(await cluster.savepointOperation(ID, TRIGGER)).to.deep.equal({ kind: 'unknown' });
      await cluster.savepoint(ID, request());
      flink.replaceJobManager({ recover: true });
      await until(async () => (await cluster.savepointOperation(ID, TRIGGER).catch(() => undefined))?.kind === 'unknown');
    });
    it('that was begun without an answer is the same when it is begun again', async () => {
      const { flink, cluster, driver } = await world();
      flink.addJob(ID);
      flink.fault('POST /jobs/:id/stop', 'hangAfterwards');
      expect(await failureOf(cluster.savepoint(ID, request(true)))).to.match(/^clusterUnreachable: POST .*\/stop/);
      await cluster.savepoint(ID, request(true));
      const operation = await cluster.savepointOperation(ID, TRIGGER);
      expect(operation).to.include({ kind: 'completed', endpoint: `GET ${flink.url}/jobs/${ID}/savepoints/${TRIGGER}` });
      expect(await driver.storedState(`file:${folder}/own`, `file:${folder}`, aJob())).to.deep.equal({
        kind: 'found',
        location: operation.kind === 'completed' ? operation.location : '',
      });
      expect(flink.job(ID).snapshots).to.equal(1);
    });
    it('of a job that restarts fails', async () => {
      const { flink, cluster } = await world();
      flink.addJob(ID, 'RESTARTING');
      await cluster.savepoint(ID, request());
      expect(await cluster.savepointOperation(ID, TRIGGER))
        .to.have.property('message')
        .that.contains('Not all required tasks are currently running.');
    });
    for (const [name, fault] of [
      ['HTML with 404', { status: 404, body: '<html>Not Found</html>' }],
      ['a JSON 404 of somebody else', { status: 404, body: '{"errors":["no such route"]}' }],
      ['a completion with neither a location nor a cause', { status: 200, body: '{"status":{"id":"COMPLETED"},"operation":{}}' }],
      ['a status that Flink does not have', { status: 200, body: '{"status":{"id":"PERHAPS"}}' }],
    ] as [string, Fault][]) {
      it(`${name} is no answer`, async () => {
        const { flink, cluster } = await world();
        flink.addJob(ID);
        flink.fault('GET /jobs/:id/savepoints/:id', fault);
        expect(await failureOf(cluster.savepointOperation(ID, TRIGGER))).to.match(/^clusterAnsweredOddly: /);
      });
    }
    it('that fails without a readable cause says what there is', async () => {
      const { flink, cluster } = await world();
      const cause = { class: 'x.Y', 'stack-trace': 'no trace' };
      const body = JSON.stringify({ status: { id: 'COMPLETED' }, operation: { 'failure-cause': cause } });
      flink.fault('GET /jobs/:id/savepoints/:id', { status: 200, body });
      expect(await cluster.savepointOperation(ID, TRIGGER)).to.include({ kind: 'failed', message: 'no trace' });
    });
  });

  describe('directories', () => {
    const configured = (settings: Record<string, string>): Fault => ({
      status: 200,
      body: JSON.stringify(Object.entries(settings).map(([key, value]) => ({ key, value }))),
    });
    for (const [settings, savepoints, checkpoints] of [
      [{}, undefined, undefined],
      [{ 'state.savepoints.dir': 's3://old', 'state.checkpoints.dir': 'file:///c' }, 's3://old', 'file:///c'],
      [{ 'state.savepoints.dir': 's3://old', 'execution.checkpointing.savepoint-dir': 's3://new' }, 's3://new', undefined],
      [{ 'execution.checkpointing.dir': '' }, undefined, undefined],
    ] as [Record<string, string>, string | undefined, string | undefined][]) {
      it(`by ${JSON.stringify(settings)}`, async () => {
        const { flink, cluster } = await world();
        flink.fault('GET /jobmanager/config', configured(settings), 2);
        expect(await cluster.savepointDirectory()).to.equal(savepoints);
        expect(await cluster.checkpointDirectory()).to.equal(checkpoints);
      });
    }
  });

  describe('paths that Flink remembers', () => {
    for (const [latest, paths] of [
      [{ completed: null, savepoint: null }, {}],
      [{}, {}],
      [
        { completed: { external_path: 'file:/chk-1' }, savepoint: { external_path: 's3://b/sp', discarded: false } },
        { checkpoint: 'file:/chk-1', savepoint: 's3://b/sp' },
      ],
      [{ completed: { external_path: 'file:/chk-1', discarded: true } }, {}],
      [{ completed: { external_path: '<checkpoint-not-externally-addressable>' } }, {}],
      [{ completed: { external_path: null } }, {}],
    ] as const) {
      it(`of ${JSON.stringify(latest)}`, async () => {
        const { flink, cluster } = await world();
        flink.fault('GET /jobs/:id/checkpoints', { status: 200, body: JSON.stringify({ counts: {}, latest }) });
        expect(await cluster.statePaths(ID)).to.deep.equal(paths);
      });
    }
  });

  describe('a deletion', () => {
    const inProgress: Fault = { status: 200, body: '{"status":{"id":"IN_PROGRESS"}}' };
    const LOCATION = 'file:/nowhere/savepoint-1';

    it('is waited for', async () => {
      const { flink, cluster } = await world();
      flink.fault('GET /savepoint-disposal/:id', inProgress, 2);
      await cluster.disposeSavepoint(LOCATION);
      expect([flink.count('POST /savepoint-disposal'), flink.count('GET /savepoint-disposal/:id')]).to.deep.equal([1, 3]);
    });
    it('is not waited for without end', async () => {
      const { flink, cluster } = await world();
      flink.fault('GET /savepoint-disposal/:id', inProgress, 1000);
      expect(await failureOf(cluster.disposeSavepoint(LOCATION))).to.match(/^clusterUnreachable: .* is not deleted after 400 ms/);
    });
    it('that a new JobManager has forgotten has no end', async () => {
      const { flink, cluster } = await world();
      flink.fault('GET /savepoint-disposal/:id', inProgress);
      const deleted = failureOf(cluster.disposeSavepoint(LOCATION));
      await flink.received('GET /savepoint-disposal/:id');
      flink.replaceJobManager({ behindProxy: true });
      expect(await deleted).to.match(/^clusterUnreachable: .* does not know it any more/);
    });
  });
});
