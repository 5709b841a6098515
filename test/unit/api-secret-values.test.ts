import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { secretBox } from '../../src/secrets/box.ts';
import { manifest, TEST_KEY, testApi, type TestApi } from '../support/api.ts';

describe('API of SecretValues', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await testApi();
  });
  const secret = (name: unknown, value: unknown = 'geheim', more: object = {}): object => ({
    kind: 'SecretValue',
    metadata: { name },
    spec: { kind: 'PLAIN', value, ...more },
  });
  const valueOf = async (name: string): Promise<string> => {
    const row = (await api.store.secretValue('default', name))!;
    return secretBox(TEST_KEY).open(row, row.sealed);
  };

  it('creates, lists, shows and deletes them, and never answers a value', async () => {
    const created = await api.send('POST', '/secret-values', secret('Db_Password-1'));
    expect([created.status, created.body.kind, created.body.spec]).to.deep.equal([201, 'SecretValue', { kind: 'PLAIN' }]);
    expect(await valueOf('Db_Password-1')).to.equal('geheim');
    const shown = await api.send('GET', '/secret-values/Db_Password-1');
    expect(shown.body).to.deep.equal(created.body);
    const list = await api.send('GET', '/secret-values');
    expect(list.body.items).to.deep.equal([created.body]);
    const deleted = await api.send('DELETE', '/secret-values/Db_Password-1');
    expect(deleted.body).to.deep.equal(created.body);
    expect((await api.send('GET', '/secret-values/Db_Password-1')).status).to.equal(404);
    for (const { text } of [created, shown, list, deleted]) expect(text).not.to.include('geheim');
  });
  it('changes the value, or keeps it where none is given; the same again changes nothing', async () => {
    expect((await api.send('PUT', '/secret-values/a', { spec: { value: 'one' } })).status).to.equal(201);
    const again = await api.send('PUT', '/secret-values/a', secret('a', 'one'));
    expect([again.status, again.body.metadata.resourceVersion]).to.deep.equal([200, 1]);
    const back = await api.send('PUT', '/secret-values/a', { ...again.body, metadata: { ...again.body.metadata, labels: { x: 'y' } } });
    expect([back.body.metadata.resourceVersion, await valueOf('a')]).to.deep.equal([2, 'one']);
    const patched = await api.send('PATCH', '/secret-values/a', { spec: { value: 'two' } });
    expect([patched.body.metadata.resourceVersion, patched.body.metadata.labels, await valueOf('a')]).to.deep.equal([3, { x: 'y' }, 'two']);
    const stale = await api.send('PATCH', '/secret-values/a', { spec: { value: 'three' } }, { 'if-match': '"1"' });
    expect(stale.body).to.include({ statusCode: 409, reason: 'stalePrecondition' });
  });
  it('remembers former values while a Job names the secret, and the last one otherwise', async () => {
    const formers = async (): Promise<string[]> => {
      const row = (await api.store.secretValue('default', 'a'))!;
      return row.formerSealed.map((sealed) => secretBox(TEST_KEY).open(row, sealed));
    };
    const set = (value: string) => api.send('PATCH', '/secret-values/a', { spec: { value } });
    await api.send('POST', '/secret-values', secret('a', 'one'));
    await set('two');
    await set('three');
    expect(await formers()).to.deep.equal(['two']);
    const artifact = { kind: 'JAR', jarUri: 'file:///x.jar', mainArgs: '${a}' };
    await api.post(manifest('naming', { state: 'RUNNING' }, { artifact }));
    await set('four');
    expect(await formers()).to.deep.equal(['three', 'two']);
  });
  it('keeps one that a Deployment or an active Job names', async () => {
    await api.send('POST', '/secret-values', secret('a'));
    await api.post(
      manifest('naming', { state: 'RUNNING', upgradeStrategy: { kind: 'NONE' } }, { flinkConfiguration: { x: '${secret_values.a}' } }),
    );
    const message = 'SecretValue a is named by Deployment naming; change or delete that first';
    expect((await api.send('DELETE', '/secret-values/a')).body).to.include({ statusCode: 409, reason: 'conflict', message });
    await api.patch('naming', { spec: { template: { spec: { flinkConfiguration: { x: null } } } } });
    expect((await api.send('DELETE', '/secret-values/a')).body).to.include({ message });
  });
  it('needs a key, and says where to put it; a secret under another key is set anew', async () => {
    const send = async (box: ReturnType<typeof secretBox>, value: string) => {
      const other = await testApi(api.store, undefined, { secretBox: box });
      return other.send('PUT', '/secret-values/a', secret('a', value));
    };
    const keyless = await send(secretBox(undefined), 'geheim');
    expect(keyless.status).to.equal(409);
    expect(keyless.text)
      .to.match(/DREY_SECRETS_KEY_FILE.*openssl rand -base64 32/)
      .and.not.include('geheim');
    await send(secretBox(new Uint8Array(32)), 'under another key');
    expect((await send(secretBox(TEST_KEY), 'geheim')).status).to.equal(200);
    expect(await valueOf('a')).to.equal('geheim');
    expect((await api.store.secretValue('default', 'a'))!.formerSealed).to.deep.equal([]);
  });

  const bad: [string, object, RegExp][] = [
    ['no value', { metadata: { name: 'x' }, spec: { kind: 'PLAIN' } }, /^spec\.value: is missing; it must be a string$/],
    [
      'a list',
      { metadata: { name: 'x' }, spec: { kind: 'PLAIN', value: ['geheim'] } },
      /^spec\.value: must be a string, not what is there$/,
    ],
    [
      'a value that is too long',
      secret('x', 'geheim'.repeat(20_000)),
      /^spec\.value: must not have more than 65536 characters, not what is there$/,
    ],
    ['another kind', secret('x', 'geheim', { kind: 'VAULT' }), /^spec\.kind: must be PLAIN/],
    ['a misspelt field', { metadata: { name: 'x' }, spec: { vaule: 'geheim' } }, /^spec\.vaule: unknown field; did you mean "value"\?/],
    ['a bad name', secret('x.y'), /^metadata\.name: "x\.y" is not a name; use at most 250/],
    ['no name', { spec: { value: 'geheim' } }, /^metadata\.name: is missing; give the SecretValue a name$/],
  ];
  for (const [what, body, message] of bad) {
    it(`${what} is 400`, async () => {
      const answer = await api.send('POST', '/secret-values', body);
      expect(answer.status).to.equal(400);
      expect(answer.body.message).to.match(message);
      expect(answer.text).not.to.match(/geheim|12345678/);
    });
  }
});
