import { expect } from 'chai';
import fc from 'fast-check';
import { before, describe, it } from 'mocha';
import { stringify } from 'yaml';
import { jarUriFault } from '../../src/api/jar-uri.ts';
import { manifest, testApi, type TestApi } from '../support/api.ts';

/** Words that mean something to JavaScript, to the API or to a database. */
const word = fc.constantFrom(
  'constructor',
  'toString',
  'hasOwnProperty',
  'toJSON',
  '__proto__',
  'kind',
  'spec',
  'metadata',
  'name',
  'then',
  'pipe',
  '',
  '\u0000',
  "'; DROP TABLE jobs; --",
  '\ud800',
  '💥',
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.string(),
    fc.double(),
    fc.bigInt().map(String),
    fc.boolean(),
    fc.constant(null),
    tie('list'),
    tie('map'),
  ),
  list: fc.array(tie('any'), { maxLength: 4 }),
  map: fc.dictionary(fc.oneof(word, fc.string()), tie('any'), { maxKeys: 4 }),
})).any;

/** Every path into a whole manifest, for a hostile value to be put at. */
const WHOLE = {
  ...manifest('counting', {
    state: 'RUNNING',
    upgradeStrategy: { kind: 'NONE' },
    restoreStrategy: { kind: 'NONE', allowNonRestoredState: true },
    deploymentTargetId: '01900000-0000-7000-8000-000000000001',
    maxJobCreationAttempts: 3,
    maxSavepointCreationAttempts: 3,
    jobFailureExpirationTime: '1h',
  }),
  kind: 'Deployment',
  apiVersion: 'v1',
  status: {},
};
const placesIn = (at: unknown, path: string[] = []): string[][] =>
  typeof at === 'object' && at !== null ? [path, ...Object.entries(at).flatMap(([key, inner]) => placesIn(inner, [...path, key]))] : [path];
const PLACES = [
  ...placesIn(WHOLE),
  ...['labels', 'annotations', 'displayName', 'resourceVersion'].map((key) => ['metadata', key]),
  ['spec', 'template', 'spec', 'flinkConfiguration'],
];

function put(document: unknown, [key, ...rest]: readonly string[], inserted: unknown): unknown {
  if (key === undefined) return inserted;
  const fields = typeof document === 'object' && document !== null ? Object.entries(document) : [];
  const old = fields.find(([name]) => name === key)?.[1] as unknown;
  return Object.fromEntries([...fields.filter(([name]) => name !== key), [key, put(old, rest, inserted)]]);
}

describe('a URI of many open braces', () =>
  it('is judged at once', () => expect(jarUriFault(`file:${'${'.repeat(400_000)}`)).to.match(/does not name|is not a file: URI/)));

describe('hostile requests', () => {
  let api: TestApi;
  before(async () => {
    api = await testApi();
    await api.send('POST', '/deployments', manifest('counting', { state: 'RUNNING' }));
  });
  const method = fc.constantFrom('POST' as const, 'PUT' as const, 'PATCH' as const);
  const kind = fc.constantFrom('deployments', 'deployment-targets');
  const send = async (verb: 'POST' | 'PUT' | 'PATCH', path: string, body: string, headers: Record<string, string> = {}): Promise<void> => {
    const answer = await api.send(
      verb,
      verb === 'POST' ? `/${path}` : `/${path}/${path === 'deployments' ? 'counting' : 'local'}`,
      body,
      headers,
    );
    expect(answer.status, `${verb} ${path} ${body} → ${answer.text}`).to.be.lessThan(500);
    if (answer.status >= 400) expect(answer.body).to.include({ kind: 'Error', statusCode: answer.status });
  };
  const check = async (property: fc.IAsyncProperty<unknown[]>, numRuns: number): Promise<void> => {
    await fc.assert(property as fc.IAsyncProperty<unknown>, { numRuns });
    expect(api.errors).to.deep.equal([]);
  };

  it('never get a 5xx: any JSON', () =>
    check(
      fc.asyncProperty(method, kind, value, (verb, path, body) => send(verb, path, JSON.stringify(body))),
      400,
    )).timeout(20_000);
  it('never get a 5xx: a manifest with one value that is anything', () =>
    check(
      fc.asyncProperty(method, kind, fc.constantFrom(...PLACES), value, (verb, path, place, inserted) =>
        send(verb, path, JSON.stringify(put(WHOLE, place, inserted))),
      ),
      600,
    )).timeout(20_000);
  it('never get a 5xx: a manifest in YAML with anything in it, cut off anywhere', () =>
    check(
      fc.asyncProperty(fc.constantFrom(...PLACES), value, fc.nat(400), (place, inserted, length) =>
        send('PATCH', 'deployments', stringify(put(WHOLE, place, inserted)).slice(0, length), { 'content-type': 'application/yaml' }),
      ),
      300,
    )).timeout(20_000);
  it('never get a 5xx: any text as a path, a query or a header', () =>
    check(
      fc.asyncProperty(
        fc.string({ unit: 'binary-ascii' }),
        fc.constantFrom('/deployments/', '/jobs/', '/events?continue=', '/jobs?deploymentId=', '/'),
        async (text, path) => {
          const answer = await api.send('GET', `${path}${encodeURIComponent(text)}`, undefined, {
            accept: text.replaceAll(/[^\x20-\x7e]/g, ''),
            'if-match': '"x"',
          });
          expect(answer.status).to.be.lessThan(500);
        },
      ),
      300,
    )).timeout(20_000);
});
