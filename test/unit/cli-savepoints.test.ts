import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { cells, cli } from '../support/cli.ts';
import { aDeploymentAnswer, aJobAnswer, aSavepointAnswer, DATE, listOf } from '../support/cli-resources.ts';
import { fakeServer, type FakeServer } from '../support/fake-server.ts';

const FAILURE = { reason: 'SavepointFailed', message: 'the directory\n cannot be written', failedAt: '2026-01-01T12:00:30.000Z' };
const COMPLETED = { location: 'file:/savepoints/s-1' };

describe('drey savepoint, and Savepoints in the other commands', () => {
  let fake: FakeServer;
  afterEach(() => fake.close());
  const serve = async (answers: Parameters<typeof fakeServer>[0]) => {
    fake = await fakeServer({ 'GET /deployments/one': { body: aDeploymentAnswer(), headers: { date: DATE } }, ...answers });
  };

  it('asks for one by the id of the Deployment', async () => {
    await serve({ 'POST /savepoints': { status: 201, body: aSavepointAnswer('STARTED') } });
    expect(await cli(fake.url, 'savepoint one')).to.deep.equal({ code: 0, out: 'savepoint/s-1 is STARTED\n', err: '' });
    expect(fake.asked).to.deep.equal(['GET /deployments/one', 'POST /savepoints']);
    expect(fake.bodies).to.deep.equal([{ metadata: { deploymentId: 'd-1' } }]);
  });

  it('--dry-run asks the server what would be', async () => {
    await serve({ 'POST /savepoints': { status: 201, body: aSavepointAnswer('STARTED') } });
    expect((await cli(fake.url, 'savepoint one --dry-run --wait')).out).to.equal('a Savepoint of Job j-1 would be taken (dry run)\n');
    expect(fake.asked).to.deep.equal(['GET /deployments/one', 'POST /savepoints?dryRun=true']);
  });

  it('--wait ends with 0 and its location when it is completed, with 1 and the reason when it failed, with 3 on time-out', async () => {
    let now = aSavepointAnswer('STARTED');
    await serve({ 'POST /savepoints': { status: 201, body: now }, 'GET /savepoints/s-1': () => ({ body: now }) });
    const becomes = (then: typeof now) => (count: number) => (count === 2 ? void (now = then) : undefined);
    expect(await cli(fake.url, 'savepoint one --wait', { onPause: becomes(aSavepointAnswer('COMPLETED', COMPLETED)) })).to.deep.equal({
      code: 0,
      out: 'savepoint/s-1 is COMPLETED: file:/savepoints/s-1\n',
      err: '0s  Savepoint s-1 is STARTED\n',
    });
    now = aSavepointAnswer('STARTED');
    const failed = await cli(fake.url, 'savepoint one --wait', { onPause: becomes(aSavepointAnswer('FAILED', { failure: FAILURE })) });
    expect(failed).to.include({ code: 1, out: '' });
    expect(failed.err.split('\n').at(-2)).to.equal(
      'drey: savepoint/s-1 is FAILED and never becomes COMPLETED: SavepointFailed: the directory cannot be written',
    );
    now = aSavepointAnswer('STARTED');
    expect((await cli(fake.url, 'savepoint one --wait --timeout 2s')).code).to.equal(3);
    expect((await cli(fake.url, 'wait savepoint/s-1 --for=state=COMPLETED --timeout 2s')).err).to.match(
      /drey: not within 2s: Savepoint s-1 is STARTED\n$/,
    );
  });

  it('are listed with the names of their Deployments, described, awaited and deleted', async () => {
    const one = aSavepointAnswer('COMPLETED', COMPLETED);
    await serve({
      'GET /savepoints': listOf(one),
      'GET /savepoints/s-1': { body: one, headers: { date: DATE } },
      'DELETE /savepoints/s-1': { body: one },
      'GET /deployments': listOf(aDeploymentAnswer()),
    });
    expect(cells((await cli(fake.url, 'get savepoints --deployment one')).out)).to.deep.equal([
      ['ID', 'DEPLOYMENT', 'STATE', 'ORIGIN', 'AGE', 'LOCATION'],
      ['s-1', 'one', 'COMPLETED', 'USER_REQUEST', '60s', 'file:/savepoints/s-1'],
    ]);
    expect(fake.asked).to.include('GET /savepoints?deploymentId=d-1');
    expect((await cli(fake.url, 'get sp --state failed')).err).to.equal('No savepoints found.\n');
    expect((await cli(fake.url, 'get savepoint/s-1 -o name')).out).to.equal('savepoint/s-1\n');
    expect(await cli(fake.url, 'wait savepoint/s-1 --for=state=COMPLETED')).to.include({
      code: 0,
      out: 'savepoint/s-1 is COMPLETED: file:/savepoints/s-1\n',
    });
    expect((await cli(fake.url, 'wait savepoint/s-1 --for=state=FAILED')).code).to.equal(1);
    expect(cells((await cli(fake.url, 'describe savepoint s-1')).out).slice(0, 5)).to.deep.equal([
      ['Savepoint', 's-1'],
      ['State', 'COMPLETED for 60s (since 2026-01-01T12:00:00.000Z)'],
      ['Origin', 'USER_REQUEST'],
      ['Created', '60s ago'],
      ['Location', 'file:/savepoints/s-1'],
    ]);
    expect((await cli(fake.url, 'delete savepoint s-1 --dry-run')).out).to.equal('savepoint/s-1 deleted (dry run)\n');
    expect((await cli(fake.url, 'delete savepoint s-1')).out).to.equal('savepoint/s-1 deleted\n');
    expect(fake.asked.slice(-2)).to.deep.equal(['DELETE /savepoints/s-1?dryRun=true', 'DELETE /savepoints/s-1']);
    expect((await cli(fake.url, 'delete savepoint')).err).to.equal('drey: which savepoint? write savepoint/ID\n');
  });

  it('stand on the screen of their Deployment, with why one failed in its own', async () => {
    const failed = aSavepointAnswer('FAILED', { failure: FAILURE, origin: 'SUSPEND' });
    await serve({
      'GET /jobs': listOf(aJobAnswer({ state: 'STARTED' }, { savepointLocation: 'file:/savepoints/s-0' })),
      'GET /savepoints': listOf(...Array.from({ length: 6 }, () => failed)),
      'GET /savepoints/s-1': { body: failed, headers: { date: DATE } },
      'GET /events': listOf(),
    });
    const { out } = await cli(fake.url, 'describe deployment one');
    expect(out).to.match(/Savepoints \(the last 5 of 6\)\nID +STATE +ORIGIN +AGE +LOCATION\n(s-1 +FAILED +SUSPEND +60s +-\n){5}\n/);
    expect(out).to.match(/Restored from +file:\/savepoints\/s-0\n/);
    expect((await cli(fake.url, 'describe sp/s-1')).out).to.match(/Failure +SavepointFailed 30s ago: the directory cannot be written\n/);
  });
});

describe('drey suspend', () => {
  let fake: FakeServer;
  afterEach(() => fake.close());
  const TRANSITIONING = { state: 'TRANSITIONING' };

  /** A server whose Deployment was told to be SUSPENDED. */
  const serve = async (now: { status: object; job?: object; savepoint?: object }) => {
    const deployment = () => ({ body: aDeploymentAnswer({ state: 'SUSPENDED' }, now.status) });
    fake = await fakeServer({
      'PATCH /deployments/one': deployment,
      'GET /deployments/one': deployment,
      'GET /jobs': () => listOf(now.job ?? aJobAnswer()),
      'GET /savepoints': () => listOf(...(now.savepoint === undefined ? [] : [now.savepoint])),
    });
  };

  it('tells each step, the Savepoint among them, until the Deployment is SUSPENDED (0)', async () => {
    const now: Parameters<typeof serve>[0] = { status: TRANSITIONING };
    await serve(now);
    const onPause = (count: number) => {
      if (count === 1) now.savepoint = aSavepointAnswer('STARTED', { origin: 'SUSPEND' });
      if (count === 4) now.status = { state: 'SUSPENDED' };
    };
    expect(await cli(fake.url, 'suspend one --wait', { onPause })).to.deep.equal({
      code: 0,
      out: 'deployment/one is SUSPENDED\n',
      err: [
        '0s  deployment/one is TRANSITIONING; Job j-1 is STARTED\n',
        '0s  deployment/one is TRANSITIONING; Job j-1 is STARTED; Savepoint s-1 is STARTED\n',
      ].join(''),
    });
    expect(fake.bodies).to.deep.equal([{ spec: { state: 'SUSPENDED' } }]);
  });

  it('--wait ends with 1 and the reason of the Savepoint when the Deployment is FAILED', async () => {
    const now: Parameters<typeof serve>[0] = { status: TRANSITIONING };
    await serve(now);
    const onPause = () => {
      now.status = { state: 'FAILED' };
      now.savepoint = aSavepointAnswer('FAILED', { failure: FAILURE });
    };
    const ended = await cli(fake.url, 'suspend one --wait', { onPause });
    expect(ended).to.include({ code: 1, out: '' });
    expect(ended.err.split('\n').at(-2)).to.equal(
      'drey: deployment/one is FAILED; Savepoint s-1: SavepointFailed: the directory cannot be written',
    );
    now.status = { state: 'FAILED', failure: { reason: 'SavepointsFailed', message: '4 tries failed' } };
    expect((await cli(fake.url, 'suspend one --wait')).err).to.equal(
      'drey: deployment/one stays FAILED; SavepointsFailed: 4 tries failed\n',
    );
  });

  it('--wait ends with 3 on time-out; an unknown option is 2, a refusal 4, no server 5', async () => {
    await serve({ status: TRANSITIONING });
    expect((await cli(fake.url, 'suspend one --wait --timeout 2s')).err).to.match(/drey: not within 2s: deployment\/one is TRANSITIONING/);
    expect((await cli(fake.url, 'suspend one --wait --timeout 2s')).code).to.equal(3);
    expect((await cli(fake.url, 'suspend one --wiat')).code).to.equal(2);
    const closed = await fakeServer({ 'PATCH /deployments/one': { status: 403, body: { message: 'no' } } });
    expect((await cli(closed.url, 'suspend one')).code).to.equal(4);
    await closed.close();
    expect((await cli(closed.url, 'suspend one')).code).to.equal(5);
  });
});
