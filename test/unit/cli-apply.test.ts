import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { stringify } from 'yaml';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { cli, listen } from '../support/cli.ts';
import { fakeServer } from '../support/fake-server.ts';

const target = (name: string, url = 'http://elsewhere:8081') => ({
  kind: 'DeploymentTarget',
  metadata: { name },
  spec: { session: { url } },
});
const deployment = (name: string, spec: object = {}) => ({ kind: 'Deployment', ...manifest(name, spec) });
const documents = (...all: readonly object[]): string => all.map((one) => `---\n${stringify(one)}`).join('');

describe('drey apply', () => {
  let api: TestApi;
  let server: string;
  beforeEach(async () => {
    api = await testApi();
    server = await listen(api);
  });
  afterEach(() => api.app.close());
  const apply = (stdin: string) => cli(server, 'apply -f -', { stdin });

  it('sends targets before the Deployments that need them, and says what became of each', async () => {
    const all = [deployment('one', { deploymentTargetName: 'mine' }), target('mine')];
    expect(await apply(documents(...all))).to.deep.equal({
      code: 0,
      out: 'deployment-target/mine created\ndeployment/one created\n',
      err: '',
    });
    expect((await apply(documents(...all))).out).to.equal('deployment-target/mine unchanged\ndeployment/one unchanged\n');
    const changed = deployment('one', { deploymentTargetName: 'mine', state: 'RUNNING' });
    expect((await apply(documents(target('mine'), changed))).out).to.equal('deployment-target/mine unchanged\ndeployment/one configured\n');
  });

  it('takes a file, JSON, and what get -o yaml wrote', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drey-test-cli-'));
    try {
      writeFileSync(join(folder, 'one.json'), JSON.stringify(deployment('one')));
      expect((await cli(server, ['apply', '-f', join(folder, 'one.json')])).out).to.equal('deployment/one created\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
    const { out } = await cli(server, 'get deployments -o yaml');
    expect((await apply(out)).out).to.equal('deployment/one unchanged\n');
  });

  it('tells the warnings of the server on stderr', async () => {
    const fake = await fakeServer({
      'GET /deployments/one': { status: 404, body: {} },
      'PUT /deployments/one': {
        status: 201,
        headers: { warning: '299 - "first", 299 - "say \\"second\\""' },
        body: { kind: 'Deployment', metadata: { id: 'x', name: 'one', resourceVersion: 1 } },
      },
    });
    const { err } = await cli(fake.url, 'apply -f -', { stdin: documents(deployment('one')) });
    await fake.close();
    expect(err).to.equal('warning: first\nwarning: say "second"\n');
  });

  it('sends the others when one is refused, and ends with 1', async () => {
    const ended = await apply(documents(deployment('one', { parallel: 1 }), deployment('two')));
    expect(ended).to.include({ code: 1, out: 'deployment/two created\n' });
    expect(ended.err).to.match(/^drey: deployment\/one: spec\.parallel: unknown field.*\n$/);
  });

  it('sends nothing of a file with a fault, and says where it is (2)', async () => {
    const refusals: [string, RegExp][] = [
      [
        documents(deployment('one')) + documents({ kind: 'Deploiment', metadata: { name: 'x' } }),
        /stdin:\d+ kind: "Deploiment" cannot be applied; did you mean "Deployment"\?/,
      ],
      ['---\n# nothing\n', /stdin declares nothing/],
      ['metadata: {}', /stdin:1 has no kind; write SecretValue, DeploymentDefaults, DeploymentTarget or Deployment/],
      ['kind: Deployment\nspec: {}', /stdin:1 metadata\.name is missing/],
      ['kind: Deployment\nkind: Deployment', /stdin:2 Map keys must be unique/],
      ['- 1', /stdin:1 is no resource/],
    ];
    for (const [text, message] of refusals) {
      const ended = await apply(text);
      expect(ended, text).to.include({ code: 2, out: '' });
      expect(ended.err).to.match(message);
    }
    expect(await api.store.deployments('default')).to.deep.equal([]);
    expect(await cli(server, 'apply -f /does/not/exist')).to.include({ code: 2 });
    expect((await cli(server, 'apply')).err).to.equal("drey: required option '-f, --filename <file>' not specified\n");
  });
});

describe('drey delete', () => {
  it('deletes a Deployment or a target, and tells why not', async () => {
    const api = await testApi();
    const server = await listen(api);
    await api.post(manifest('one'));
    const used = await cli(server, 'delete target local');
    expect(used).to.include({ code: 1, out: '' });
    expect(used.err).to.match(/^drey: DeploymentTarget local is used by Deployment one/);
    expect(await cli(server, 'delete deployment one')).to.deep.equal({ code: 0, out: 'deployment/one deleted\n', err: '' });
    expect(await cli(server, 'delete dt/local')).to.deep.equal({ code: 0, out: 'deployment-target/local deleted\n', err: '' });
    expect(await cli(server, 'delete deployment one')).to.include({ code: 1, err: 'drey: there is no Deployment "one"\n' });
    expect((await cli(server, 'delete job x')).err).to.match(/^drey: "job" is not a kind of resource; /);
    expect(await cli(server, 'delete deployment')).to.include({ code: 2, err: 'drey: which deployment? write deployment/NAME\n' });
    await api.app.close();
  });
});
