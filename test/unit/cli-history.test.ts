import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { cells, cli, listen } from '../support/cli.ts';

describe('how a Deployment evolved', () => {
  let api: TestApi;
  let server: string;
  let ids: string[];

  /** Ends the Job that is being terminated, as the probe would; the engine then makes the next. */
  const endTerminating = async () => {
    const [job] = await api.store.jobs('default', { active: true });
    if (job?.state !== 'TERMINATING') return;
    await api.store.change(job.deploymentId, ({ deployment }) => ({
      deployment,
      jobs: [{ ...job, state: 'TERMINATED', startedAt: new Date(), restarts: 2, terminatedAt: new Date() }],
      events: [],
    }));
    await api.engine.deployments.advance(job.deploymentId);
  };

  beforeEach(async () => {
    api = await testApi();
    server = await listen(api);
    const upgrade = (template: object) =>
      manifest('one', { state: 'RUNNING', upgradeStrategy: { kind: 'STATELESS' }, restoreStrategy: { kind: 'NONE' } }, template);
    for (const template of [
      { parallelism: 1, flinkConfiguration: { 'state.backend.type': 'rocksdb' } },
      { parallelism: 4, flinkConfiguration: { 'state.backend.type': 'rocksdb', 'rest.retry.max-attempts': 3 } },
      { parallelism: 4, resources: { jobmanager: { cpu: 1, memory: '2g' } } },
    ]) {
      await api.send('PUT', '/deployments/one', upgrade(template));
      await endTerminating();
    }
    await api.patch('one', { spec: { state: 'CANCELLED' } });
    await endTerminating();
    const { body } = await api.send('GET', '/deployments/one');
    const jobs = await api.send('GET', `/jobs?deploymentId=${body.metadata.id}`);
    ids = jobs.body.items.map(({ metadata }) => metadata.id);
  });
  afterEach(() => api.app.close());

  it('a client that only knows deploymentId finds all its Jobs, oldest spec to newest', async () => {
    await api.post(manifest('two', { state: 'RUNNING' }));
    const { body } = await api.send('GET', '/deployments/one');
    const { items } = (await api.send('GET', `/jobs?deploymentId=${body.metadata.id}`)).body;
    const specs = items.map(({ spec }) => spec as unknown as { parallelism: number; userFlinkConfiguration: Record<string, string> });
    expect(specs.map(({ parallelism, userFlinkConfiguration }) => [parallelism, Object.keys(userFlinkConfiguration).length])).to.deep.equal(
      [
        [1, 1],
        [4, 2],
        [4, 0],
      ],
    );
  });

  it('drey diff shows what changed between two of them, side by side, and ends with 1', async () => {
    const { code, out, err } = await cli(server, ['diff', ids[0]!, ids[2]!]);
    expect([code, err]).to.deep.equal([1, '']);
    expect(cells(out)).to.deep.equal([
      ['', `one ${ids[0]}`, `one ${ids[2]}`],
      ['parallelism', '1', '4'],
      ['flinkConfiguration.state.backend.type', 'rocksdb', '-'],
      ['resources.jobmanager.cpu', '-', '1'],
      ['resources.jobmanager.memory', '-', '2g'],
    ]);
    expect(JSON.parse((await cli(server, `diff ${ids[0]} job/${ids[1]} -o json`)).out)).to.deep.equal({
      before: ids[0],
      after: ids[1],
      changes: [
        { field: 'parallelism', before: 1, after: 4 },
        { field: 'flinkConfiguration.rest.retry.max-attempts', after: '3' },
      ],
    });
  });

  it('drey diff has colours on a terminal alone', async () => {
    const line = ['diff', ids[0]!, ids[1]!];
    expect((await cli(server, line)).out).to.not.include('\x1b[');
    const { out } = await cli(server, line, { terminal: true });
    expect(cells(out)[1]).to.deep.equal(['parallelism', '\x1b[31m1\x1b[39m', '\x1b[32m4\x1b[39m']);
    expect((await cli(server, [...line, '--no-color'], { terminal: true })).out).to.not.include('\x1b[');
  });

  it('drey diff ends with 0 where nothing differs, with 2 for a Job that there is not, with 5 without a server', async () => {
    const same = await cli(server, `diff ${ids[0]} ${ids[0]}`);
    expect(same).to.deep.equal({ code: 0, out: '', err: 'The specs of both Jobs are the same.\n' });
    expect((await cli(server, `diff ${ids[0]} ${ids[0]} -o yaml`)).code).to.equal(0);
    expect((await cli(server, `diff ${ids[0]} 01900000-0000-7000-8000-000000000009`)).code).to.equal(2);
    expect((await cli(server, `diff ${ids[0]}`)).code).to.equal(2);
    await api.app.close();
    expect((await cli(server, `diff ${ids[0]} ${ids[1]}`)).code).to.equal(5);
  });

  it('drey history tells of each Job what it was and what changed', async () => {
    const rows = cells((await cli(server, 'history one')).out);
    expect(rows[0]).to.deep.equal(['JOB', 'STATE', 'MADE', 'ENDED', 'PARALLELISM', 'RESTARTS', 'RESTORED FROM', 'CHANGED']);
    expect(rows.slice(1).map(([id, state, , , parallelism, restarts, from]) => [id, state, parallelism, restarts, from])).to.deep.equal(
      ids.map((id, index) => [id, 'TERMINATED', index === 0 ? '1' : '4', '2', '-']),
    );
    expect(rows.slice(1).map((row) => row.at(-1))).to.deep.equal([
      '-',
      'parallelism: 1 → 4; flinkConfiguration.rest.retry.max-attempts: - → 3',
      'flinkConfiguration.state.backend.type: rocksdb → -; flinkConfiguration.rest.retry.max-attempts: 3 → -; ' +
        'resources.jobmanager.cpu: - → 1; resources.jobmanager.memory: - → 2g',
    ]);
    const { items } = JSON.parse((await cli(server, 'history deployment/one -o json')).out) as { items: object[] };
    expect(items[1]).to.deep.include({ jobId: ids[1], state: 'TERMINATED', restarts: 2 });
    await api.post(manifest('two'));
    expect(await cli(server, 'history two')).to.deep.equal({ code: 0, out: '', err: 'deployment/two has no Jobs yet.\n' });
    expect((await cli(server, 'history on')).code).to.equal(1);
  });
});
