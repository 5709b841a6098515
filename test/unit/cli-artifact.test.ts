import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { cells, cli, listen } from '../support/cli.ts';
import { memoryArtifacts } from '../support/memory-artifacts.ts';
import { memoryStore } from '../support/memory-store.ts';

const URI = 'artifact://namespaces/default/counting.jar';

describe('drey artifact', () => {
  const folder = mkdtempSync(join(tmpdir(), 'drey-test-cli-artifact-'));
  const jar = join(folder, 'counting.jar');
  let api: TestApi;
  let server: string;
  before(async () => {
    writeFileSync(jar, Buffer.concat([Buffer.from('PK'), Buffer.alloc(500_000)]));
    const store = memoryStore();
    api = await testApi(store, undefined, { artifacts: memoryArtifacts(store, { directory: join(folder, 'store') }) });
    server = await listen(api);
  });
  after(async () => {
    await api.app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('uploads a file under its name, and prints the URI', async () => {
    expect(await cli(server, ['artifact', 'upload', jar])).to.deep.equal({ code: 0, out: `${URI}\n`, err: '' });
  });
  it('uploads under another name, with its progress on a terminal', async () => {
    const { code, out, err } = await cli(server, ['artifact', 'upload', jar, '--name', 'other.jar'], { terminal: true });
    expect({ code, out }).to.deep.equal({ code: 0, out: 'artifact://namespaces/default/other.jar\n' });
    expect(err).to.include('0s  other.jar: 100 % of 500002 bytes');
  });
  it('lists and gets them', async () => {
    const { code, out } = await cli(server, 'artifact list');
    expect(code).to.equal(0);
    const [titles, first] = cells(out);
    expect(titles).to.deep.equal(['NAME', 'SIZE', 'AGE', 'URI']);
    expect([first![0], first![1], first![3]]).to.deep.equal(['counting.jar', '500002', URI]);
    expect((await cli(server, 'artifact list -o name')).out).to.equal('counting.jar\nother.jar\n');
    expect(JSON.parse((await cli(server, 'artifact list -o json')).out))
      .to.have.property('artifacts')
      .with.length(2);
    expect(JSON.parse((await cli(server, 'artifact get counting.jar -o json')).out)).to.include({ filename: 'counting.jar', uri: URI });
    expect((await cli(server, 'artifact get counting.jar -o wide')).out).to.match(/[0-9a-f]{64}/);
  });
  it('says what is refused (1), what is used wrongly (2), and that nobody is there (5)', async () => {
    await api.post(manifest('user', { template: { spec: { artifact: { kind: 'JAR', jarUri: URI } } } }));
    expect(await cli(server, 'artifact delete counting.jar')).to.include({ code: 1, out: '' });
    expect((await cli(server, 'artifact get countin.jar')).err).to.equal(
      'drey: there is no artifact "countin.jar"; did you mean "counting.jar"?\n',
    );
    expect(await cli(server, ['artifact', 'upload', jar, '--name', 'a/b.jar'])).to.include({ code: 1, out: '' });
    const large = join(folder, 'large.jar');
    writeFileSync(large, Buffer.concat([Buffer.from('PK'), Buffer.alloc(20_000_000)]));
    expect(await cli(server, ['artifact', 'upload', large])).to.deep.equal({
      code: 1,
      out: '',
      err: 'drey: the file has more than 1000000 bytes (drey.artifacts.max-size)\n',
    });
    expect(await cli(server, ['artifact', 'upload', `${jar}.not`])).to.include({ code: 2, out: '' });
    expect(await cli(server, ['artifact', 'upload', folder])).to.include({ code: 2, err: `drey: ${folder} is not a file\n` });
    expect(await cli('http://127.0.0.1:1', 'artifact list')).to.include({ code: 5 });
  });
  it('deletes them', async () => {
    expect(await cli(server, 'artifact delete other.jar')).to.deep.equal({ code: 0, out: 'artifact/other.jar deleted\n', err: '' });
    expect((await cli(server, 'artifact delete other.jar')).code).to.equal(1);
  });
});
