import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { listen } from '../support/cli.ts';

const drey = fileURLToPath(new URL('../../bin/drey.js', import.meta.url));

describe('bin/drey.js', function () {
  this.timeout(60_000);
  let api: TestApi;
  let env: NodeJS.ProcessEnv;
  before(async () => {
    api = await testApi();
    env = { ...process.env, DREY_SERVER: await listen(api) };
    await api.post(manifest('one', { state: 'RUNNING' }));
  });
  after(() => api.app.close());

  const ended = (...args: readonly string[]) =>
    new Promise((resolve) => {
      execFile(process.execPath, [drey, ...args], { env }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
    });

  it('writes data to stdout and messages to stderr, and ends with its exit code', async () => {
    expect(await ended('get', 'deployments', '-o', 'name')).to.deep.equal({ code: 0, stdout: 'deployment/one\n', stderr: '' });
    expect(await ended('get', 'job', 'x')).to.deep.equal({ code: 1, stdout: '', stderr: 'drey: there is no Job "x"\n' });
    expect(await ended('get', 'jbos')).to.include({ code: 2, stdout: '' });
    const unreachable = 'drey: http://127.0.0.1:2 cannot be reached: connect ECONNREFUSED 127.0.0.1:2\n';
    expect(await ended('get', 'jobs', '--server', 'http://127.0.0.1:2')).to.deep.equal({ code: 5, stdout: '', stderr: unreachable });
  });

  it('takes a file from stdin', async () => {
    const child = spawn(process.execPath, [drey, 'apply', '-f', '-'], { env, stdio: ['pipe', 'ignore', 'inherit'] });
    child.stdin.end(JSON.stringify({ kind: 'Deployment', ...manifest('two') }));
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
    expect(await api.store.deployment('default', 'two')).to.not.equal(undefined);
  });

  it('ends well when its reader has gone, also with -w', async () => {
    const child = spawn(process.execPath, [drey, 'get', 'events', '-w'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const exit = once(child, 'exit');
    let told = '';
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    await once(child.stdout, 'close');
    // It hears of the closed pipe when it writes the next row.
    await api.post(manifest('three', { state: 'RUNNING' }));
    expect(await exit).to.deep.equal([0, null]);
    expect(told).to.equal('');
  });
});
