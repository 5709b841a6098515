import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { secretBox } from '../../src/secrets/box.ts';
import { manifest, TEST_KEY, testApi, type TestApi } from '../support/api.ts';
import { cells, cli, listen } from '../support/cli.ts';

describe('drey secret', () => {
  let api: TestApi;
  let server: string;
  beforeEach(async () => {
    api = await testApi();
    server = await listen(api);
  });
  afterEach(() => api.app.close());
  const valueOf = async (name: string): Promise<string> => {
    const row = (await api.store.secretValue('default', name))!;
    return secretBox(TEST_KEY).open(row, row.sealed);
  };

  it('set takes the value of stdin without its last line break, or of a file', async () => {
    expect(await cli(server, 'secret set token', { stdin: ' one\n\n' })).to.deep.equal({
      code: 0,
      out: 'secret-value/token created\n',
      err: '',
    });
    expect(await valueOf('token')).to.equal(' one\n');
    expect((await cli(server, 'secret set token', { stdin: ' one\n' })).out).to.equal('secret-value/token configured\n');
    expect((await cli(server, 'secret set token', { stdin: ' one' })).out).to.equal('secret-value/token unchanged\n');
    const folder = mkdtempSync(join(tmpdir(), 'drey-test-cli-'));
    try {
      writeFileSync(join(folder, 'value'), 'two\r\n');
      await cli(server, ['secret', 'set', 'token', '--from-file', join(folder, 'value')]);
      expect(await valueOf('token')).to.equal('two');
      expect((await cli(server, `secret set token --from-file ${folder}/none`)).err).to.match(/^drey: .*none cannot be read: /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  it('never takes a value from the command line, nor an empty one', async () => {
    expect(await cli(server, 'secret set token geheim')).to.include({ code: 2, out: '' });
    expect(await cli(server, 'secret set token', { stdin: '\n' })).to.include({
      code: 2,
      err: 'drey: the value is empty; give it on stdin or by --from-file\n',
    });
  });
  it('list and get show names, delete deletes what nobody names', async () => {
    await cli(server, 'secret set b', { stdin: 'x' });
    await cli(server, 'secret set a', { stdin: 'x' });
    const rows = cells((await cli(server, 'secret list')).out);
    expect(rows.map(([name]) => name)).to.deep.equal(['NAME', 'a', 'b']);
    expect((await cli(server, 'get secrets -o name')).out).to.equal('secret-value/a\nsecret-value/b\n');
    await api.post(manifest('one', {}, { flinkConfiguration: { x: '${a}' } }));
    expect(await cli(server, 'secret delete a')).to.include({
      code: 1,
      err: 'drey: SecretValue a is named by Deployment one; change or delete that first\n',
    });
    expect((await cli(server, 'secret delete b')).out).to.equal('secret-value/b deleted\n');
    expect((await cli(server, 'delete sv/b')).err).to.match(/^drey: there is no SecretValue "b"/);
  });
  it('apply sends secrets and defaults before what is made with them', async () => {
    const stdin = [
      {
        kind: 'Deployment',
        metadata: { name: 'one' },
        spec: { template: { spec: { artifact: { kind: 'JAR', jarUri: 'file:///x.jar' } } } },
      },
      { kind: 'DeploymentDefaults', spec: { deploymentTargetName: 'mine', template: { spec: { parallelism: 3 } } } },
      { kind: 'DeploymentTarget', metadata: { name: 'mine' }, spec: { session: { url: 'http://x' } } },
      { kind: 'SecretValue', metadata: { name: 'token' }, spec: { value: 'x' } },
    ]
      .map((one) => JSON.stringify(one))
      .join('\n---\n');
    const all = ['secret-value/token', 'deployment-defaults', 'deployment-target/mine', 'deployment/one'];
    expect((await cli(server, 'apply -f -', { stdin })).out).to.equal(all.map((one) => `${one} created\n`).join(''));
    expect((await cli(server, 'apply -f -', { stdin })).out).to.equal(all.map((one) => `${one} unchanged\n`).join(''));
    expect((await api.send('GET', '/deployments/one')).body.spec.template.spec.parallelism).to.equal(3);
    expect((await cli(server, 'get deployment-defaults')).out).to.match(
      /^NAMESPACE +AGE +SPEC\ndefault +\S+ +\{"deploymentTargetName":"mine",.*\}\n$/,
    );
    expect((await cli(server, 'get dd -o name')).out).to.equal('deployment-defaults\n');
    const written = (await cli(server, 'get dd -o yaml')).out;
    expect((await cli(server, 'apply -f -', { stdin: written })).out).to.equal('deployment-defaults unchanged\n');
    expect(await cli(server, 'get dd/x')).to.include({ code: 2, err: 'drey: a namespace has one deployment-defaults; leave "x" out\n' });
    const { out } = await cli(server, 'get secrets -o yaml');
    expect((await cli(server, 'apply -f -', { stdin: out })).out).to.equal('secret-value/token unchanged\n');
  });
});
