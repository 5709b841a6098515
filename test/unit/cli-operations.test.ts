import { expect } from 'chai';
import { describe, it } from 'mocha';
import { cells, cli } from '../support/cli.ts';
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

  it('abandons a Job with a reason', async () => {
    const body = { metadata: { id: 'j' }, status: { state: 'FAILED' } };
    const ended = await asked(['abandon', 'j', '--reason', 'the cluster is gone'], { 'POST /jobs/j/abandon': { body } });
    expect(ended).to.include({ code: 0, out: 'job/j is FAILED\n', err: '' });
    expect(ended.bodies).to.deep.equal([{ reason: 'the cluster is gone' }]);
    const final = { status: 409, body: { message: 'Job j is FAILED already' } };
    const refused = await asked('abandon job/j --reason x', { 'POST /jobs/j/abandon': final });
    expect(refused).to.include({ code: 1, out: '', err: 'drey: Job j is FAILED already\n' });
    expect(await asked('abandon j', {})).to.include({ code: 2, err: "drey: required option '--reason <text>' not specified\n" });
  });
});

describe('drey retention', () => {
  const job = { id: 'j', deploymentName: 'one', state: 'FAILED', terminatedAt: at, reason: 'AGE' };
  const events = { deploymentName: 'one', count: 12, reason: 'NUMBER' };
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
      ['EVENTS OF', 'COUNT', 'REASON'],
      ['one', '12', 'NUMBER'],
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
    expect(ports).to.deep.equal([{ apiPort: 8080, managementPort: 9081, flinkPort: 8090 }]);
    expect((await cli('', 'up --flink-port x')).code).to.equal(2);
    expect((await cli('', 'serve', { actions: { serve: () => Promise.resolve(0) } })).code).to.equal(0);
  });
});
