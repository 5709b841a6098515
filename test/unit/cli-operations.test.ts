import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { cells, cli, listen } from '../support/cli.ts';
import { fakeServer } from '../support/fake-server.ts';

const at = '2026-01-01T12:00:00.000Z';
const date = 'Thu, 01 Jan 2026 16:00:00 GMT';

/** Asks a server that answers with this, and closes it. */
async function asked(line: string | readonly string[], answers: Parameters<typeof fakeServer>[0]) {
  const fake = await fakeServer(answers);
  try {
    return { ...(await cli(fake.url, line)), asked: fake.asked, bodies: fake.bodies };
  } finally {
    await fake.close();
  }
}

describe('drey strays and abandon', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await testApi();
  });
  afterEach(() => api.app.close());

  const stray = {
    kind: 'Stray',
    metadata: { id: 'f'.repeat(32) },
    spec: { deploymentTargetName: 'local', deploymentName: 'one', jobId: 'j' },
    status: { flinkState: 'RUNNING', startedAt: at, owner: 'DREY' },
  };
  const list = { apiVersion: 'v1', kind: 'StrayList', metadata: {}, items: [stray], unreachable: [] };
  const answering = (body: object) => ({ 'GET /strays': { body, headers: { date } } });

  it('lists the Flink jobs that nobody owns', async () => {
    const { code, out } = await asked('strays', answering(list));
    expect(code).to.equal(0);
    expect(cells(out)).to.deep.equal([
      ['FLINK JOB', 'TARGET', 'OWNER', 'DEPLOYMENT', 'FLINK', 'AGE'],
      ['f'.repeat(32), 'local', 'DREY', 'one', 'RUNNING', '4h'],
    ]);
    expect(JSON.parse((await asked('strays -o json', answering(list))).out)).to.deep.equal(list);
    expect((await asked('strays -o name', answering(list))).out).to.equal(`${'f'.repeat(32)}\n`);
    expect(await asked('strays', answering({ ...list, items: [] }))).to.include({ code: 0, out: '', err: 'No strays found.\n' });
  });

  it('is no complete answer where a target could not be asked (1)', async () => {
    const unreachable = [{ deploymentTargetName: 'far', message: 'connection refused' }];
    const { code, out, err } = await asked('strays', answering({ ...list, items: [], unreachable }));
    expect({ code, out, err }).to.deep.equal({ code: 1, out: '', err: 'deployment-target/far could not be asked: connection refused\n' });
  });

  it('asks the API, and abandons a Job with a reason, once', async () => {
    const server = await listen(api);
    await api.post(manifest('one', { state: 'RUNNING' }));
    const [job] = await api.store.jobs('default', {});
    expect(await cli(server, 'strays')).to.deep.equal({
      code: 1,
      out: '',
      err: 'deployment-target/local could not be asked: local is not there\n',
    });
    const reason = ['--reason', 'the cluster is gone'];
    expect(await cli(server, ['abandon', job!.id, ...reason])).to.deep.equal({ code: 0, out: `job/${job!.id} is TERMINATED\n`, err: '' });
    const { out } = await cli(server, `describe job/${job!.id}`);
    expect(out).to.match(/ {2}Evidence +abandoned by a user: the cluster is gone \(\d+s ago\)\n/);
    const again = await cli(server, ['abandon', `job/${job!.id}`, ...reason]);
    expect(again).to.deep.equal({ code: 1, out: '', err: `drey: Job ${job!.id} has ended; there is nothing to abandon\n` });
    expect(await cli(server, 'abandon j')).to.include({ code: 2, err: "drey: required option '--reason <text>' not specified\n" });
    // No daemon has said yet what is kept.
    expect(await cli(server, 'retention plan')).to.include({ code: 5, err: 'drey: no daemon has declared its settings yet\n' });
  });
});

describe('drey retention', () => {
  const job = { id: 'j', deploymentName: 'one', state: 'FAILED', terminatedAt: at, reason: 'AGE' };
  const events = { deploymentName: 'one', count: 12 };
  const planned = (status: object) => ({
    'GET /api/v1/retention/plan': { body: { kind: 'RetentionPlan', spec: {}, status }, headers: { date } },
  });

  it('plan lists what would be deleted', async () => {
    const { code, out } = await asked('retention plan', planned({ jobs: [job], events: [events] }));
    expect(code).to.equal(0);
    expect(cells(out)).to.deep.equal([
      ['JOB', 'DEPLOYMENT', 'STATE', 'ENDED', 'REASON'],
      ['j', 'one', 'FAILED', '4h', 'AGE'],
      [''],
      ['EVENTS OF', 'COUNT'],
      ['one', '12'],
    ]);
    expect(JSON.parse((await asked('retention plan -o json', planned({ jobs: [], events: [] }))).out)).to.have.property(
      'kind',
      'RetentionPlan',
    );
    const none = await asked('retention plan', planned({ jobs: [], events: [] }));
    expect(none).to.include({ code: 0, out: '', err: 'Nothing is beyond the limits.\n' });
  });

  it('run deletes it, and names the Jobs', async () => {
    const status = { deletedJobs: ['j', 'k'], deletedEvents: 12 };
    const ended = await asked('retention run', { 'POST /api/v1/retention/run': { body: { status } } });
    expect(ended).to.include({ code: 0, err: '', out: 'job/j deleted\njob/k deleted\n2 Jobs and 12 events deleted\n' });
    expect((await asked('retention rum', {})).code).to.equal(2);
  });
});

describe('drey migrate, serve and up', () => {
  it('end with what their action says', async () => {
    const called: unknown[] = [];
    const migrate = (...args: unknown[]) => Promise.resolve(called.push(args));
    expect((await cli('', 'migrate status --config drey.yaml', { actions: { migrate } })).code).to.equal(1);
    expect((await cli('', 'migrate up', { actions: { migrate: () => Promise.resolve(0) } })).code).to.equal(0);
    expect(called).to.deep.equal([['status', { config: 'drey.yaml' }]]);
    const ports: unknown[] = [];
    const up = (given: object) => Promise.resolve(ports.push(given));
    expect((await cli('', 'up --flink-port 8090', { actions: { up } })).code).to.equal(1);
    expect((await cli('', 'up --sql-gateway-port 8093', { actions: { up } })).code).to.equal(2);
    expect(ports).to.deep.equal([
      { apiPort: 8080, managementPort: 9081, flinkPort: 8090, sqlGatewayPort: 8083 },
      { apiPort: 8080, managementPort: 9081, flinkPort: 8081, sqlGatewayPort: 8093 },
    ]);
    for (const wrong of ['x', '0', '65536', '8083.5']) expect((await cli('', `up --sql-gateway-port ${wrong}`)).code).to.equal(2);
    expect((await cli('', 'serve', { actions: { serve: () => Promise.resolve(0) } })).code).to.equal(0);
  });
});
