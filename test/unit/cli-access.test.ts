import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { ADMIN_TOKEN, accessWorld } from '../support/access-world.ts';
import { cells, cli, listen } from '../support/cli.ts';

describe('drey token and namespace', () => {
  let server = '';
  let close: () => Promise<unknown>;
  const folder = mkdtempSync(join(tmpdir(), 'drey-token-'));
  before(async () => {
    const { api } = await accessWorld();
    [server, close] = [await listen(api), () => api.app.close()];
  });
  after(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });
  const as = (token: string, line: string) => cli(server, line, { env: { DREY_TOKEN: token } });

  it('make a namespace, and a token that opens it until it is deleted', async () => {
    expect(await as(ADMIN_TOKEN, 'namespace create team-c')).to.deep.equal({ code: 0, out: 'namespace/team-c created\n', err: '' });
    expect((await as(ADMIN_TOKEN, 'namespace list -o name')).out).to.equal(
      'namespace/default\nnamespace/team-a\nnamespace/team-b\nnamespace/team-c\n',
    );
    const created = await as(ADMIN_TOKEN, 'token create ci --role editor -n team-c');
    expect(created).to.include({ code: 0, err: 'token/ci created, with the role editor\n' });
    // Nothing but the secret, to be put into a variable.
    expect(created.out).to.match(/^drey_[0-9a-f]{72}\n$/);
    const secret = created.out.trim();
    expect(await as(secret, 'get deployments -n team-c')).to.include({ code: 0, err: 'No deployments found.\n' });
    expect(await as(secret, 'token list -n team-c')).to.include({
      code: 4,
      err: 'drey: this takes the role owner, and the token has the role editor\n',
    });
    expect(await as(secret, 'get deployments')).to.include({ code: 1, err: 'drey: there is no namespace "default"\n' });
    const listed = cells((await as(ADMIN_TOKEN, 'token list -n team-c')).out);
    expect(listed.map((row) => row.slice(0, 2))).to.deep.equal([
      ['NAME', 'ROLE'],
      ['ci', 'editor'],
    ]);
    expect(await as(ADMIN_TOKEN, 'token delete ci -n team-c')).to.include({ code: 0, out: 'token/ci deleted\n' });
    expect((await as(secret, 'get deployments -n team-c')).code).to.equal(4);
    expect(await as(ADMIN_TOKEN, 'token list -n team-c')).to.include({ code: 0, out: '', err: 'No tokens found.\n' });
    expect(await as(ADMIN_TOKEN, 'namespace delete team-c')).to.include({ code: 0, out: 'namespace/team-c deleted\n' });
    expect(await as(ADMIN_TOKEN, 'namespace delete team-a'))
      .to.include({ code: 1 })
      .and.to.have.property('err')
      .that.matches(/is not empty/);
  });

  it('take the token of --token, $DREY_TOKEN or $DREY_TOKEN_FILE, in this order', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, `${ADMIN_TOKEN}\n`);
    const line = 'get deployments -n team-a -o name';
    for (const [said, env] of [
      [`--token ${ADMIN_TOKEN} ${line}`, { DREY_TOKEN: 'drey_wrong', DREY_TOKEN_FILE: '/nowhere' }],
      [line, { DREY_TOKEN: ADMIN_TOKEN, DREY_TOKEN_FILE: '/nowhere' }],
      [line, { DREY_TOKEN: '', DREY_TOKEN_FILE: file }],
    ] as const)
      expect(await cli(server, said, { env })).to.deep.equal({ code: 0, out: 'deployment/counting-team-a\n', err: '' });
    expect(await cli(server, line)).to.deep.equal({
      code: 4,
      out: '',
      err: 'drey: the request has no API token; send one as "Authorization: Bearer drey_…"\n',
    });
  });

  it('refuse what cannot be a token without showing it (2), and a role that is none', async () => {
    expect(await as('geheim mit Leerzeichen', 'get jobs')).to.include({
      code: 2,
      err: 'drey: DREY_TOKEN: this is no API token; it looks like drey_…\n',
    });
    const unreadable = await cli(server, 'get jobs', { env: { DREY_TOKEN_FILE: join(folder, 'none') } });
    expect(unreadable.code).to.equal(2);
    expect(unreadable.err).to.match(/^drey: DREY_TOKEN_FILE names .*none, which cannot be read/);
    expect(await as(ADMIN_TOKEN, 'token create ci --role admn')).to.include({ code: 2 });
    expect(await as(ADMIN_TOKEN, 'token create ci')).to.include({ code: 2 });
    expect((await as(ADMIN_TOKEN, 'token create CI --role owner')).err).to.match(/is not a name; .*did you mean "ci"\?/);
  });
});
