import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { parse, parseAllDocuments } from 'yaml';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { cells, cli, listen } from '../support/cli.ts';

describe('drey get', () => {
  let api: TestApi;
  let server: string;
  beforeEach(async () => {
    api = await testApi();
    server = await listen(api);
    await api.post(manifest('one', { state: 'RUNNING' }));
    await api.post(manifest('two'));
  });
  afterEach(() => api.app.close());

  const jobs = () => api.store.jobs('default', {});
  const ids = async () => (await jobs()).map(({ id }) => id);

  /** The Job of `one` as the probe would leave it. */
  const becomeStarted = async () => {
    const [job] = await jobs();
    await api.store.change(job!.deploymentId, ({ deployment }) => ({
      deployment: { ...deployment, state: 'RUNNING' },
      jobs: [{ ...job!, state: 'STARTED', startedAt: new Date(), flinkWord: 'RUNNING', restarts: 3 }],
      events: [],
    }));
  };

  it('shows Deployments, Jobs and targets in a table', async () => {
    /** Without the age at the end of each row. */
    const rowsOf = async (line: string) => cells((await cli(server, line)).out).map((row) => row.slice(0, -1));
    expect(await rowsOf('get deployments')).to.deep.equal([
      ['NAME', 'STATE', 'WANTED', 'TARGET'],
      ['one', 'TRANSITIONING', 'RUNNING', 'local'],
      ['two', 'CANCELLED', 'CANCELLED', 'local'],
    ]);
    const [id] = await ids();
    expect(await rowsOf('get jobs')).to.deep.equal([
      ['ID', 'DEPLOYMENT', 'STATE', 'FLINK', 'RESTARTS', 'OBSERVED'],
      [id, 'one', 'STARTING', '-', '-', '-'],
    ]);
    await becomeStarted();
    expect(cells((await cli(server, `get job ${id!}`)).out)[1]).to.include.members(['STARTED', 'RUNNING', '3']);
    expect(await rowsOf('get dt')).to.deep.equal([
      ['NAME', 'KIND', 'URL'],
      ['local', 'session', 'http://localhost:8081'],
    ]);
  });

  it('shows events with the name of their Deployment, or those of one Deployment alone', async () => {
    const { out } = await cli(server, 'get events');
    expect(cells(out).map(([, deployment, name]) => [deployment, name])).to.deep.include.members([
      ['one', 'CREATING_A_NEW_JOB'],
      ['one', 'AWAITING_A_JOB_TO_START'],
    ]);
    expect(cells((await cli(server, 'get ev --deployment one')).out)).to.have.length(4);
    expect(await cli(server, 'get ev --deployment two')).to.deep.equal({ code: 0, out: '', err: 'No events found.\n' });
  });

  it('adds columns with -o wide, and gives references with -o name that it takes again', async () => {
    const [id] = await ids();
    const [titles] = cells((await cli(server, 'get jobs -o wide')).out);
    expect(titles).to.include.members(['ID', 'TARGET', 'PARALLELISM', 'VERSION', 'MESSAGE']);
    expect((await cli(server, 'get job -o name')).out).to.equal(`job/${id!}\n`);
    expect((await cli(server, 'get deploy -o name')).out).to.equal('deployment/one\ndeployment/two\n');
    expect((await cli(server, 'get targets -o name')).out).to.equal('deployment-target/local\n');
    for (const reference of [`job/${id!}`, 'deployment/two', 'deployment-target/local']) {
      expect((await cli(server, `get ${reference} -o name`)).out).to.equal(`${reference}\n`);
    }
  });

  it('gives the resource of the API as JSON and YAML, and a list as a list', async () => {
    const { body } = await api.send('GET', '/deployments/one');
    expect(JSON.parse((await cli(server, 'get deployment one -o json')).out)).to.deep.equal(body);
    expect(parse((await cli(server, 'get deployment one -o yaml')).out)).to.deep.equal(body);
    const list = (await api.send('GET', '/deployments')).body;
    expect(JSON.parse((await cli(server, 'get deployments -o json')).out)).to.deep.equal(list);
    expect(parse((await cli(server, 'get deployments -o yaml')).out)).to.deep.equal(list);
    expect(JSON.parse((await cli(server, 'get jobs -o json --state failed')).out)).to.have.deep.property('items', []);
  });

  it('chooses by state, in either case', async () => {
    expect((await cli(server, 'get deployments --state cancelled -o name')).out).to.equal('deployment/two\n');
    expect(await cli(server, 'get jobs --state FAILED')).to.deep.equal({ code: 0, out: '', err: 'No jobs found.\n' });
  });

  it('reads lists of more than one page', async () => {
    const [job] = await jobs();
    const events = Array.from({ length: 1200 }, (_, number) => ({ name: 'EXTERNAL', message: `message ${number}` }) as const);
    await api.store.change(job!.deploymentId, ({ deployment }) => ({ deployment, jobs: [], events }));
    const { out } = await cli(server, 'get events');
    expect(cells(out)).to.have.length(1 + 3 + 1200);
    expect(out).to.match(/message 1199\n$/);
  });

  it('-w goes on, and prints only rows that changed, in the same columns', async () => {
    const watched = await cli(server, 'get jobs -w', {
      onPause: async (count) => {
        if (count === 2) await becomeStarted();
        return count < 4;
      },
    });
    expect(watched).to.include({ code: 0, err: '' });
    const rows = watched.out.trimEnd().split('\n');
    expect(rows.map((row) => row.split(/ {2,}/)[2])).to.deep.equal(['STATE', 'STARTING', 'STARTED']);
    expect(rows[2]!.indexOf('STARTED')).to.equal(rows[0]!.indexOf('STATE'));
  });

  it('-w tells each event once, and each change of a resource as a document', async () => {
    const onPause = async (count: number) => {
      if (count === 1) await api.patch('two', { spec: { state: 'RUNNING' } });
      return count < 3;
    };
    const events = await cli(server, 'get events -w --deployment two', { onPause });
    expect(events.err).to.equal('No events found.\n');
    expect(cells(events.out).map((row) => row[2])).to.deep.equal([
      'NAME',
      'STATE_TRANSITION_IS_NEEDED',
      'CREATING_A_NEW_JOB',
      'AWAITING_A_JOB_TO_START',
    ]);
    await api.patch('two', { spec: { state: 'CANCELLED' } });
    const documents = await cli(server, 'get deployment two -w -o yaml', { onPause });
    const states = parseAllDocuments(documents.out).map((document) => (document.toJS() as { spec: { state: string } }).spec.state);
    expect(states).to.deep.equal(['CANCELLED', 'RUNNING']);
  });

  it('-w outlives a daemon that cannot be reached for a while, and ends when what it watches is gone', async () => {
    const onPause = async (count: number) => {
      if (count === 1) await api.app.close();
      return count < 4;
    };
    const watched = await cli(server, 'get jobs -w', { onPause });
    expect(watched.code).to.equal(0);
    expect(watched.err.match(/cannot be reached/g)).to.have.length(1);
    api = await testApi();
    server = await listen(api);
    await api.post(manifest('one'));
    const gone = await cli(server, 'get deployment one -w', { onPause: () => api.send('DELETE', '/deployments/one') });
    expect(gone).to.include({ code: 1, err: 'drey: there is no Deployment "one"\n' });
  });

  it('paints states on a terminal, and neither with --no-color nor with NO_COLOR', async () => {
    const isPainted = async (line: string, env = {}) => (await cli(server, line, { terminal: true, env })).out.includes('\x1b[');
    expect(await isPainted('get deployments')).to.equal(true);
    expect(await isPainted('get deployments --no-color')).to.equal(false);
    expect(await isPainted('get deployments', { NO_COLOR: '1' })).to.equal(false);
    expect((await cli(server, 'get deployments')).out).to.not.include('\x1b[');
  });

  it('keeps what others wrote from doing anything to the terminal', async () => {
    const [job] = await jobs();
    const events = [{ name: 'EXTERNAL', message: 'first\nsecond \x1b[2Jthird\x07' } as const];
    await api.store.change(job!.deploymentId, ({ deployment }) => ({ deployment, jobs: [], events }));
    expect((await cli(server, 'get events', { terminal: true })).out).to.match(/ {3}first second \[2Jthird\n$/);
  });

  it('says what was probably meant', async () => {
    const refusals: Record<string, string> = {
      'get deploymets': '"deploymets" is not a kind of resource; did you mean "deployments"?',
      'get jobs --state STARTD': '"STARTD" is not a state of jobs; did you mean "STARTED"?',
      'get jobs -o jsn': '"jsn" is not an output format; did you mean "json"?',
      'get jobs --wach': 'unknown option \'--wach\'; did you mean "--watch"?',
      'gett jobs': 'unknown command \'gett\'; did you mean "get"?',
      'get dt --state STARTED': 'deployment-targets have no state; leave --state out',
      'get deployments --deployment one': '--deployment chooses Jobs, Savepoints and events, not deployments',
      'get events x': 'events have no name of their own; choose them with --deployment',
      'get job/x y': '"job/x" has a name in it; leave "y" out',
      'get job x --state STARTED': 'a name says which one; leave --state and --deployment out',
    };
    for (const [line, message] of Object.entries(refusals)) {
      expect(await cli(server, line), line).to.deep.equal({ code: 2, out: '', err: `drey: ${message}\n` });
    }
  });
});
