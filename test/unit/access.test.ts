import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { maySee, ROLES, usualRole, verdict, type Caller, type NeededRole } from '../../src/domain/access.ts';
import { isFull, take, type Bucket } from '../../src/domain/token-bucket.ts';
import { hashOf, isSameHash, isSecret, newSecret } from '../../src/engine/api-token.ts';
import { createRateLimit } from '../../src/api/rate-limit.ts';
import { assertGuarded } from '../../src/derived-settings.ts';
import { codeOf } from '../support/store-contract/world.ts';
import { configFolder } from '../support/config-folder.ts';

const callerOf = (role: (typeof ROLES)[number], namespace = 'own'): Caller =>
  role === 'admin' ? { id: role, role } : { id: role, role, namespace };

describe('access', () => {
  const table: [NeededRole, Caller | undefined, string | undefined, ReturnType<typeof verdict>][] = [
    ['anyone', undefined, 'own', 'granted'],
    ['viewer', undefined, 'own', 'unknown'],
    ['viewer', undefined, undefined, 'unknown'],
    ['viewer', callerOf('viewer'), 'own', 'granted'],
    ['viewer', callerOf('viewer'), 'other', 'hidden'],
    ['viewer', callerOf('viewer'), undefined, 'granted'],
    ['editor', callerOf('viewer'), 'own', 'forbidden'],
    ['editor', callerOf('viewer'), 'other', 'hidden'],
    ['editor', callerOf('editor'), 'own', 'granted'],
    ['owner', callerOf('editor'), 'own', 'forbidden'],
    ['owner', callerOf('owner'), 'own', 'granted'],
    ['admin', callerOf('owner'), 'own', 'forbidden'],
    ['admin', callerOf('owner'), 'other', 'hidden'],
    ['admin', callerOf('owner'), undefined, 'forbidden'],
    ['admin', callerOf('admin'), 'other', 'granted'],
    ['viewer', callerOf('admin'), 'other', 'granted'],
  ];
  for (const [needed, caller, namespace, expected] of table)
    it(`${needed} asked for by ${caller?.role ?? 'nobody'} in ${namespace ?? 'all'}: ${expected}`, () =>
      expect(verdict(needed, caller, namespace)).to.equal(expected));

  it('a greater role may do what a smaller one may', () => {
    for (const needed of ROLES)
      ROLES.forEach((role, i) => {
        const smaller = ROLES.slice(0, i).some((one) => verdict(needed, callerOf(one), 'own') === 'granted');
        if (smaller) expect(verdict(needed, callerOf(role), 'own')).to.equal('granted');
      });
  });
  it('an admin sees every namespace, the others their own', () => {
    expect(ROLES.map((role) => [maySee(callerOf(role), 'own'), maySee(callerOf(role), 'other')])).to.deep.equal([
      [true, false],
      [true, false],
      [true, false],
      [true, true],
    ]);
  });
  it('reading takes a viewer and writing an editor, where nothing else is said', () => {
    expect(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'].map(usualRole)).to.deep.equal([
      'viewer',
      'viewer',
      'editor',
      'editor',
      'editor',
      'editor',
      undefined,
    ]);
  });
});

describe('secrets of tokens', () => {
  it('are 32 random bytes behind drey_, with a checksum', () => {
    const secrets = Array.from({ length: 1000 }, newSecret);
    expect(new Set(secrets)).to.have.length(1000);
    for (const secret of secrets) expect(secret).to.match(/^drey_[0-9a-f]{72}$/);
    expect(secrets.every(isSecret)).to.equal(true);
  });
  it('are none with any letter changed', () => {
    const secret = newSecret();
    for (let i = 0; i < secret.length; i++) {
      const other = secret[i] === '0' ? '1' : '0';
      expect(isSecret(secret.slice(0, i) + other + secret.slice(i + 1)), String(i)).to.equal(false);
    }
    for (const text of ['', 'drey_', `${secret} `, `x${secret}`, secret.toUpperCase()]) expect(isSecret(text)).to.equal(false);
  });
  it('are compared by their hashes', () => {
    const secret = newSecret();
    expect(hashOf(secret)).to.have.length(32);
    expect(isSameHash(hashOf(secret), hashOf(secret))).to.equal(true);
    expect(isSameHash(hashOf(secret), hashOf(newSecret()))).to.equal(false);
    expect(isSameHash(hashOf(secret), Buffer.alloc(0))).to.equal(false);
  });
});

describe('the rate of a token', () => {
  it('is never exceeded by more than what was saved up, and never starves one who waits', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.array(fc.nat({ max: 5000 }), { maxLength: 200 }), (perSecond, pauses) => {
        let [bucket, now, taken]: [Bucket | undefined, number, number] = [undefined, 0, 0];
        for (const pause of pauses) {
          now += pause;
          const { bucket: next, waitMs } = take(bucket, perSecond, now);
          if (waitMs === 0) taken++;
          else expect(take(next, perSecond, now + Math.ceil(waitMs)).waitMs).to.equal(0);
          bucket = next;
        }
        expect(taken).to.be.at.most(perSecond * 10 + (now * perSecond) / 1000 + 1);
      }),
    ));
  it('is each token’s own, and the wait is told', () => {
    let now = 0;
    const limit = createRateLimit(1, () => now);
    expect(Array.from({ length: 12 }, () => limit('a')).map((wait) => wait > 0)).to.deep.equal([
      ...Array.from({ length: 10 }, () => false),
      true,
      true,
    ]);
    expect(limit('b')).to.equal(0);
    now = 500;
    expect(limit('a')).to.equal(500);
    now = 1000;
    expect(limit('a')).to.equal(0);
  });
  it('is forgotten only once it is whole again', () => {
    const { bucket } = take(undefined, 5, 0);
    expect(isFull(bucket, 9999)).to.equal(false);
    expect(isFull(bucket, 10_000)).to.equal(true);
    expect(take(bucket, 5, 10_000)).to.deep.equal(take(undefined, 5, 10_000));
  });
});

describe('an API that asks nobody who they are', () => {
  const { loaded, faults } = configFolder();
  const startsWith = (env: Record<string, string>): Promise<string> =>
    codeOf(Promise.resolve().then(() => assertGuarded(loaded(env).settings)));

  it('listens on this machine only', async () => {
    for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost'])
      expect(await startsWith({ DREY_API_HOST: host })).to.equal('no error');
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.example.com', '127.0.0.1.example.com', 'drey.example.com'])
      expect(await startsWith({ DREY_API_HOST: host }), host).to.equal('configuration');
    expect(await startsWith({ DREY_API_HOST: '0.0.0.0', DREY_AUTH_ENABLED: 'true' })).to.equal('no error');
  });
  it('says what to do', () =>
    expect(() => assertGuarded(loaded({ DREY_API_HOST: '0.0.0.0' }).settings)).to.throw(
      /^drey\.api\.host is 0\.0\.0\.0, .*; set drey\.auth\.enabled to true and drey\.auth\.bootstrap-token to a secret, or drey\.api\.host to 127\.0\.0\.1$/,
    ));
  it('refuses a bootstrap token that can be guessed, without showing it', () => {
    expect(faults({ DREY_AUTH_BOOTSTRAP_TOKEN: 'geheim', DREY_AUTH_ENABLED: 'yes' })).to.have.members([
      'DREY_AUTH_BOOTSTRAP_TOKEN must be 20 to 200 of A-Z, a-z, 0-9 and -._~+/=',
      'DREY_AUTH_ENABLED must be a boolean, not "yes"',
    ]);
  });
});
