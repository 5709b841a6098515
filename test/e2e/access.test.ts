import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { cli } from '../support/cli.ts';
import { daemonWorld, type Daemon, type DaemonWorld } from '../support/daemon.ts';

const ADMIN = 'the-admin-of-these-tests';
const GUARDED = { DREY_AUTH_ENABLED: 'true', DREY_AUTH_BOOTSTRAP_TOKEN: ADMIN, DREY_API_HOST: '0.0.0.0' };

describe('a daemon that asks who one is', () => {
  let world: DaemonWorld;
  let second: Daemon;
  before(async () => {
    world = await daemonWorld();
    await world.start(GUARDED);
    second = await world.another();
    await second.start(GUARDED);
  });
  after(() => world.stop());
  const as = (token: string, line: string, { apiUrl }: Daemon = world) => cli(apiUrl, line, { env: { DREY_TOKEN: token } });

  it('answers its status to anyone, and nothing else', async () => {
    expect((await fetch(`${world.apiUrl}/api/v1/status`)).status).to.equal(200);
    const refused = await fetch(`${world.apiUrl}/api/v1/namespaces/default/jobs`);
    expect([refused.status, refused.headers.get('www-authenticate')]).to.deep.equal([401, 'Bearer realm="drey"']);
  });

  it('keeps no secret in its database or its log, and forgets a deleted token on every daemon at once', async () => {
    expect((await as(ADMIN, 'namespace create team')).code).to.equal(0);
    const secret = (await as(ADMIN, 'token create ci --role owner -n team')).out.trim();
    for (const daemon of [world, second]) expect((await as(secret, 'get dt -n team', daemon)).code).to.equal(0);
    expect((await as(secret, 'get dt', second)).err).to.equal('drey: there is no namespace "default"\n');

    const kept = JSON.stringify([
      await world.rows('SELECT name, role, HEX(hash) AS hash FROM api_tokens'),
      await world.rows('SELECT * FROM namespaces'),
      world.log(),
      second.log(),
    ]);
    expect(kept).to.include('"role":"owner"');
    expect(kept).not.to.include(secret).and.not.include(secret.slice(5, 69)).and.not.include(ADMIN);
    expect(world.log()).to.include('"bootstrap-token":"***"');

    expect((await as(ADMIN, 'token delete ci -n team', second)).code).to.equal(0);
    for (const daemon of [world, second]) expect((await as(secret, 'get dt -n team', daemon)).code).to.equal(4);
  });

  it('does not start for everyone to reach when it asks nobody', async () => {
    const third = await world.another();
    const failed: unknown = await third.start({ DREY_API_HOST: '0.0.0.0' }).catch((error: unknown) => error);
    expect(String(failed)).to.match(
      /ended with 1:\n[^]*drey: drey\.api\.host is 0\.0\.0\.0, which others can reach, .*set drey\.auth\.enabled to true/,
    );
  });
});
