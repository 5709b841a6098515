import { expect } from 'chai';
import fc from 'fast-check';
import fastify from 'fastify';
import { describe, it } from 'mocha';
import { guardRoutes } from '../../src/api/access.ts';
import { memoryStore } from '../support/memory-store.ts';
import { ADMIN_TOKEN, accessWorld } from '../support/access-world.ts';
import { testApi } from '../support/api.ts';

const JOBS = '/api/v1/namespaces/team-a/jobs';
const TOKENS = '/apitokens/v1/namespaces/team-a/apitokens';

describe('tokens', () => {
  it('open what their role opens, until they are deleted', async () => {
    const { ask, tokens } = await accessWorld();
    const viewer = tokens['team-a']!.viewer;
    expect((await ask(viewer, 'GET', JOBS)).status).to.equal(200);
    expect((await ask(tokens['team-a']!.owner, 'DELETE', `${TOKENS}/team-a-viewer`)).text).to.equal('{}');
    expect((await ask(viewer, 'GET', JOBS)).body).to.include({ statusCode: 401, reason: 'unauthorized' });
  });
  it('are told apart: none, no token at all, mistyped, never made, and of a namespace that was deleted', async () => {
    const { api, ask, tokens } = await accessWorld();
    const says = async (headers: Record<string, string>) => {
      const answer = await api.send('GET', JOBS, undefined, headers);
      return [answer.status, answer.headers['www-authenticate']];
    };
    const invalid = [401, 'Bearer realm="drey", error="invalid_token"'];
    expect(await says({})).to.deep.equal([401, 'Bearer realm="drey"']);
    const { viewer } = tokens['team-a']!;
    for (const authorization of [
      '',
      'Bearer',
      'Bearer  ',
      `Basic ${viewer}`,
      viewer,
      `Bearer ${viewer}0`,
      `Bearer drey_${'0'.repeat(72)}`,
      'Bearer 💥',
    ])
      expect(await says({ authorization }), authorization).to.deep.equal(invalid);
    expect((await says({ authorization: `bearer ${viewer}` }))[0]).to.equal(200);
    await ask(ADMIN_TOKEN, 'POST', '/namespaces/v1/namespaces', { name: 'namespaces/short' });
    const created = await ask(ADMIN_TOKEN, 'POST', '/apitokens/v1/namespaces/short/apitokens', {
      name: 'namespaces/short/apitokens/ci',
      role: 'owner',
    });
    const { secret } = (JSON.parse(created.text) as { apiToken: { secret: string } }).apiToken;
    expect((await ask(secret, 'GET', '/api/v1/namespaces/short/jobs')).status).to.equal(200);
    await ask(ADMIN_TOKEN, 'DELETE', '/namespaces/v1/namespaces/short');
    expect((await ask(secret, 'GET', '/api/v1/namespaces/short/jobs')).status).to.equal(401);
  });
  it('are looked at before the Accept header, the query and the body', async () => {
    const { api } = await accessWorld();
    for (const [path, headers] of [
      [`${JOBS}?wrong=1`, {}],
      [JOBS, { accept: 'text/html' }],
    ] as const)
      expect((await api.send('GET', path, undefined, headers)).status).to.equal(401);
    expect((await api.send('POST', '/api/v1/namespaces/team-a/deployments', 'not even JSON')).status).to.equal(401);
  });
  it('say what is missing: the role', async () => {
    const { ask, tokens } = await accessWorld();
    const { body } = await ask(tokens['team-a']!.viewer, 'DELETE', '/api/v1/namespaces/team-a/deployments/counting-team-a');
    expect(body).to.include({
      statusCode: 403,
      reason: 'forbidden',
      message: 'this takes the role editor, and the token has the role viewer',
    });
    expect(body.context).to.deep.equal({ role: 'viewer', needed: 'editor' });
  });
  it('that ask too often are told to wait, and the others are not', async () => {
    let now = 0;
    const { ask, tokens } = await accessWorld({
      auth: { enabled: true, bootstrapToken: ADMIN_TOKEN, requestsPerSecond: 10 },
      monotonicMs: () => now,
    });
    const { viewer, editor } = tokens['team-a']!;
    const statuses = await Promise.all(Array.from({ length: 120 }, async () => (await ask(viewer, 'GET', JOBS)).status));
    expect(statuses.filter((status) => status === 200)).to.have.length(100);
    const refused = await ask(viewer, 'GET', JOBS);
    expect([refused.status, refused.body.reason, refused.headers['retry-after']]).to.deep.equal([429, 'tooManyRequests', '1']);
    expect((await ask(editor, 'GET', JOBS)).status).to.equal(200);
    now += 1000;
    expect((await ask(viewer, 'GET', JOBS)).status).to.equal(200);
  });
  it('are not asked for while auth is off: everyone may do everything', async () => {
    const api = await testApi();
    expect((await api.send('POST', '/namespaces/v1/namespaces', { name: 'namespaces/other' })).status).to.equal(200);
    expect((await api.send('GET', '/api/v1/namespaces/other/jobs')).body.items).to.deep.equal([]);
    expect((await api.send('GET', '/api/v1/namespaces/another/jobs')).body.message).to.equal('there is no namespace "another"');
  });
});

describe('/apitokens', () => {
  it('tells the secret once, in the wrapping of VVP', async () => {
    const { ask, tokens, api } = await accessWorld();
    const { owner } = tokens['team-a']!;
    const created = await ask(owner, 'POST', TOKENS, { name: 'namespaces/team-a/apitokens/ci-token', role: 'editor' });
    expect(created.status).to.equal(200);
    const { apiToken } = JSON.parse(created.text) as { apiToken: Record<string, string> };
    expect(apiToken).to.include({ name: 'namespaces/team-a/apitokens/ci-token', role: 'editor' });
    expect(apiToken['secret']).to.match(/^drey_/);
    expect(apiToken['createTime']).to.match(/Z$/);
    const { secret, ...rest } = apiToken;
    expect(JSON.parse((await ask(owner, 'GET', `${TOKENS}/ci-token`)).text)).to.deep.equal({ apiToken: rest });
    const listed = (await ask(owner, 'GET', TOKENS)).text;
    expect((JSON.parse(listed) as { apiTokens: object[] }).apiTokens)
      .to.deep.include(rest)
      .and.have.length(4);
    expect(listed).not.to.include(secret);
    expect(JSON.stringify(api.errors)).not.to.include(secret);
  });
  const faults: [string, unknown, number, RegExp][] = [
    [
      'a name that is not whole',
      { name: 'ci', role: 'editor' },
      400,
      /^name: "ci" is not whole; write it as namespaces\/\{namespace\}\/apitokens\/NAME$/,
    ],
    ['a bad name', { name: 'namespaces/team-a/apitokens/CI', role: 'editor' }, 400, /^name: "CI" is not a name; .*did you mean "ci"\?$/],
    [
      'another namespace',
      { name: 'namespaces/team-b/apitokens/ci', role: 'editor' },
      400,
      /^name: is ".*team-b.*" and contradicts the path/,
    ],
    [
      'a role that is none',
      { name: 'namespaces/team-a/apitokens/ci', role: 'admin' },
      400,
      /^role: must be viewer, editor or owner, not "admin"/,
    ],
    [
      'an unknown field',
      { name: 'namespaces/team-a/apitokens/ci', role: 'editor', rol: 1 },
      400,
      /^rol: unknown field; did you mean "role"\?$/,
    ],
    ['no body', undefined, 400, /^the request has no body/],
    [
      'a name that is taken',
      { name: 'namespaces/team-a/apitokens/team-a-owner', role: 'editor' },
      409,
      /already exists in namespace team-a$/,
    ],
  ];
  for (const [what, body, status, message] of faults)
    it(`${what} is ${status}`, async () => {
      const { ask, tokens } = await accessWorld();
      const answer = await ask(tokens['team-a']!.owner, 'POST', TOKENS, body);
      expect(answer.status, answer.text).to.equal(status);
      expect(answer.body.message).to.match(message);
    });
});

describe('/namespaces', () => {
  const NAMESPACES = '/namespaces/v1/namespaces';

  it('are made, listed, changed and deleted as by the gateway of VVP', async () => {
    const api = await testApi();
    const roleBindings = [{ role: 'owner', members: ['system:authenticated'] }];
    const created = await api.send('POST', NAMESPACES, { name: 'namespaces/my-namespace', roleBindings });
    expect([created.status, created.headers['warning']]).to.deep.equal([
      200,
      '299 - "kept, and without effect: roleBindings; give API tokens their roles instead"',
    ]);
    const one = JSON.parse(created.text) as { namespace: Record<string, unknown> };
    expect(one.namespace).to.deep.include({ name: 'namespaces/my-namespace', roleBindings, lifecyclePhase: 'LIFECYCLE_PHASE_ACTIVE' });
    expect(JSON.parse((await api.send('GET', `${NAMESPACES}/my-namespace`)).text)).to.deep.equal(one);
    // What was answered may be sent back, and without bindings there is nothing to warn of.
    expect((await api.send('PUT', `${NAMESPACES}/my-namespace`, one)).status).to.equal(200);
    const bare = await api.send('PUT', `${NAMESPACES}/my-namespace`, { name: 'namespaces/my-namespace' });
    expect([bare.status, bare.headers['warning']]).to.deep.equal([200, undefined]);
    const { namespaces } = JSON.parse((await api.send('GET', NAMESPACES)).text) as { namespaces: { name: string }[] };
    expect(namespaces.map(({ name }) => name)).to.deep.equal(['namespaces/default', 'namespaces/my-namespace']);
    expect((await api.send('DELETE', `${NAMESPACES}/my-namespace`)).text).to.include('LIFECYCLE_PHASE_TERMINATING');
    expect((await api.send('GET', `${NAMESPACES}/my-namespace`)).status).to.equal(404);
  });
  it('are deleted only when nothing is in them, and default never', async () => {
    const { ask } = await accessWorld();
    expect((await ask(ADMIN_TOKEN, 'DELETE', `${NAMESPACES}/team-a`)).body).to.include({
      statusCode: 409,
      message: 'namespace team-a is not empty: Deployment counting-team-a, DeploymentTarget target-team-a; delete what is in it first',
    });
    expect((await ask(ADMIN_TOKEN, 'DELETE', `${NAMESPACES}/default`)).body).to.include({ statusCode: 409, reason: 'conflict' });
    expect((await ask(ADMIN_TOKEN, 'POST', NAMESPACES, { name: 'namespaces/team-a' })).body).to.include({ statusCode: 409 });
    expect((await ask(ADMIN_TOKEN, 'PUT', `${NAMESPACES}/team-a`, { name: 'namespaces/team-b' })).status).to.equal(400);
  });
});

describe('the gateway', () => {
  it('answers whatever it is sent, and never by a fault of its own', async () => {
    const api = await testApi();
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('namespaces/x', 'namespaces/default/apitokens/x', '/', 'namespaces/\0'),
    );
    const given = fc.oneof(
      fc.jsonValue(),
      fc.record({ name: text, role: text, roleBindings: fc.jsonValue(), secret: fc.jsonValue() }, { requiredKeys: [] }),
    );
    const body = fc.oneof(given, fc.record({ apiToken: given }), fc.record({ namespace: given }));
    const place = fc.constantFrom(
      ['POST', '/namespaces/v1/namespaces'] as const,
      ['PUT', '/namespaces/v1/namespaces/default'] as const,
      ['POST', '/apitokens/v1/namespaces/default/apitokens'] as const,
    );
    await fc.assert(
      fc.asyncProperty(place, body, async ([method, path], sent) => {
        const answer = await api.send(method, path, JSON.stringify(sent));
        expect(answer.status, answer.text).to.be.below(500);
      }),
      { numRuns: 500 },
    );
    expect(api.errors).to.deep.equal([]);
  });
});

describe('the guard', () => {
  const withRoute =
    (url: string, method: string | string[], config: object = {}) =>
    () => {
      const app = fastify();
      guardRoutes(app, { store: memoryStore(), auth: { enabled: true, requestsPerSecond: 1 } });
      app.route({ url, method, config, handler: () => null });
    };
  it('lets no route be added without a role', () => {
    expect(withRoute('/api/v1/new', 'GET')).to.throw(/^GET \/api\/v1\/new declares no role; give its route config: \{ role \}$/);
    expect(withRoute('/api/v1/namespaces/:namespace/new', 'OPTIONS')).to.throw(/declares no role/);
    expect(withRoute('/new/v1/namespaces/:ns/new', 'GET', { role: 'viewer' })).to.throw(/is to be called :namespace$/);
    expect(withRoute('/api/v1/namespaces/:namespace/new', ['GET', 'POST'])).to.throw(/needs several roles/);
    expect(withRoute('/docs/*', 'GET')).not.to.throw();
    expect(withRoute('/api/v1/new', 'GET', { role: 'viewer' })).not.to.throw();
    expect(withRoute('/api/v1/namespaces/:namespace/new', 'POST')).not.to.throw();
  });
  it('is in front of a server that lets no request take for ever', async () => {
    const { app } = await testApi();
    expect(app.server.headersTimeout).to.be.within(1, 60_000);
    expect(app.server.requestTimeout).to.be.within(1, 600_000);
    expect(app.server.timeout).to.be.within(1, 1_000_000);
  });
});
