import { expect } from 'chai';
import { describe, it } from 'mocha';
import { testApi } from '../support/api.ts';
import { accessWorld, ADMIN_TOKEN } from '../support/access-world.ts';

describe('without tokens', () => {
  const local = ['localhost', 'LOCALHOST:8080', 'drey.localhost', '127.0.0.1:8080', '127.1.2.3', '[::1]:8080'];
  const foreign = [
    'evil.example',
    'localhost.evil.example:8080',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    '0.0.0.0:8080',
    '[::ffff:10.0.0.1]',
    'x y',
  ];

  it('answers by the names of this machine, and to no page of another', async () => {
    const api = await testApi();
    const ask = async (headers: Record<string, string>) => (await api.send('GET', '/jobs', undefined, headers)).status;
    for (const host of local) expect(await ask({ host }), host).to.equal(200);
    for (const host of foreign) expect(await ask({ host }), host).to.equal(403);
    for (const host of local) expect(await ask({ origin: `http://${host}` }), host).to.equal(200);
    for (const origin of ['null', 'https://evil.example', 'http://localhost.evil.example'])
      expect(await ask({ origin }), origin).to.equal(403);
    for (const path of ['/docs/', '/api/openapi.json', '/api/v1/status', '/artifacts/v1/namespaces/default/artifacts:list'])
      expect((await api.send('GET', path, undefined, { host: 'evil.example' })).status, path).to.equal(403);
  });
  it('is what this is about: a token may come from anywhere', async () => {
    const { api } = await accessWorld();
    const headers = { host: 'drey.example', origin: 'https://ui.example', authorization: `Bearer ${ADMIN_TOKEN}` };
    expect((await api.send('GET', '/jobs', undefined, headers)).status).to.equal(200);
  });
});
