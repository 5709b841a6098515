import { expect } from 'chai';
import fc from 'fast-check';
import type { Knex } from 'knex';
import { after, before, describe, it } from 'mocha';
import type { TSchema } from 'typebox';
import { parse } from 'yaml';
import { connect } from '../../src/store/connection.ts';
import { prepareDatabase } from '../../src/store/prepare.ts';
import type { SqlGateway } from '../../src/ports/sql.ts';
import { sqlStore } from '../../src/store/store.ts';
import { faultsOf } from '../../src/schema/faults.ts';
import { testApi, type TestApi, noClusters } from '../support/api.ts';
import { settingsOf } from '../support/mariadb.ts';
import { operationsOf, type Operation } from '../support/openapi/document.ts';
import { requestsTo, type Request } from '../support/openapi/requests.ts';
import { privateMariadb } from '../support/servers.ts';

/** Every request of a run follows from it. */
const SEED = Number(process.env['DREY_TEST_SEED'] ?? 1);
const REQUESTS = 10_000;
const BATCH = 250;

/** What the document says of an answer that came; undefined: it is as documented. */
function faultOf({ responses }: Operation, status: number, type: string, text: string): string | undefined {
  const documented = responses[status];
  if (status >= 500) return `${status}: ${text}`;
  if (documented === undefined) return `the status ${status} is not documented: ${text}`;
  if (documented.content === undefined) return text === '' ? undefined : `a body where none is documented: ${text}`;
  const media = type.split(';')[0] ?? '';
  const schema: TSchema | undefined = documented.content[media]?.schema;
  if (schema === undefined) return `the type ${type} is not documented for ${status}`;
  const faults = faultsOf(schema, media === 'application/yaml' ? parse(text) : JSON.parse(text));
  return faults.length === 0 ? undefined : `${JSON.stringify(faults)} in ${text}`;
}

describe('requests made from the OpenAPI document', () => {
  const closing: (() => Promise<unknown>)[] = [];
  let mariadb: Awaited<ReturnType<typeof privateMariadb>>;
  let db: Knex;
  before(async () => {
    mariadb = await privateMariadb();
    await prepareDatabase(settingsOf(mariadb));
    db = connect(settingsOf(mariadb));
    closing.push(() => db.destroy());
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
    await mariadb.stop();
  });

  const send = async (
    api: TestApi,
    ids: string[],
    counts: Map<number, number>,
    artifacts: Set<string>,
    request: Request,
  ): Promise<void> => {
    const { operation, method, headers, payload } = request;
    const url = request.url(ids);
    const answer = await api.app.inject({ method: method as 'GET', url, headers, ...(payload === undefined ? {} : { payload }) });
    const fault = faultOf(operation, answer.statusCode, String(answer.headers['content-type'] ?? ''), answer.body);
    if (fault !== undefined) throw new Error(`seed ${SEED}: ${method} ${url} ${JSON.stringify(headers)} ${payload ?? ''}\n${fault}`);
    counts.set(answer.statusCode, (counts.get(answer.statusCode) ?? 0) + 1);
    const id = /"id":"([-0-9a-f]{36})"/.exec(answer.body)?.[1];
    if (answer.statusCode < 300 && id !== undefined && !ids.includes(id)) ids.push(id);
    if (ids.length > 40) ids.shift();
    if (answer.statusCode === 201 && operation.path.includes('/deployments'))
      artifacts.add(/\b(JAR|SQLSCRIPT)\b/.exec(answer.body)?.[0] ?? '');
  };

  it(`are answered as it says: ${REQUESTS} on MariaDB`, async () => {
    const store = sqlStore(db);
    await store.declareRegime({
      probeIntervalMs: 1000,
      shards: 1,
      repairIntervalMs: 1000,
      retention: { keepJobs: 3, rememberIdsMs: 1000 },
    });
    // Its gateway answers, so that no answer has to be 503.
    const gateway: Partial<SqlGateway> = { check: () => Promise.resolve({ kind: 'valid', what: 'insert' }) };
    const api = await testApi(store, { ...noClusters, sqlGateway: () => gateway as SqlGateway });
    closing.push(() => api.app.close());
    const session = { url: 'http://localhost:8081', sqlGatewayUrl: 'http://localhost:8083' };
    await api.send('POST', '/deployment-targets', { metadata: { name: 'with-gateway' }, spec: { session } });
    const operations = await operationsOf(api.app);
    const anyRequest = fc.oneof(
      ...operations.map((operation) => ({ weight: operation.body === undefined ? 1 : 3, arbitrary: requestsTo(operation) })),
    );
    const [ids, counts, artifacts] = [[] as string[], new Map<number, number>(), new Set<string>()];
    for (let batch = 0; batch * BATCH < REQUESTS; batch++) {
      for (const request of fc.sample(anyRequest, { seed: SEED * 10_000 + batch, numRuns: BATCH }))
        await send(api, ids, counts, artifacts, request);
    }
    // What is never reached is not tested.
    for (const status of [200, 201, 304, 400, 404, 406, 409, 415, 422])
      expect(counts.get(status) ?? 0, String(status)).to.be.greaterThan(0);
    expect([...artifacts].sort()).to.deep.equal(['JAR', 'SQLSCRIPT']);
  }).timeout(120_000);
  it('with a method that it does not name are 405, with Allow', async () => {
    const api = await testApi();
    closing.push(() => api.app.close());
    const operations = await operationsOf(api.app);
    for (const path of new Set(operations.map((operation) => operation.path))) {
      const named = operations.filter((operation) => operation.path === path).map(({ method }) => method);
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((each) => !named.includes(each))) {
        const answer = await api.app.inject({
          method: method as 'GET',
          url: path.replace('{namespace}', 'default').replace(/\{\w+\}/, 'a'),
        });
        expect(answer.statusCode, `${method} ${path}`).to.equal(405);
        const allowed = String(answer.headers.allow)
          .split(', ')
          .filter((each) => each !== 'HEAD');
        expect(allowed.sort(), path).to.deep.equal(named.sort());
        expect(answer.json()).to.include({ kind: 'Error', statusCode: 405 });
      }
    }
  });
});
