import { Readable } from 'node:stream';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { buildManagement } from '../../src/api/management.ts';
import type { Log } from '../../src/ports/log.ts';

const silent = (): void => undefined;
const log: Log = { debug: silent, info: silent, warn: silent, error: silent };
const metrics = { contentType: 'text/plain', read: () => Readable.from(['up 1\n']) };
const well = { ping: () => Promise.resolve() };
const isStarted = (): boolean => true;
const away = { ping: () => Promise.reject(new Error('connection refused')) };

describe('management', () => {
  it('is healthy while the process lives, ready or not', async () => {
    const answer = await buildManagement({ isStarted, store: away, queue: away, metrics, log }).inject('/healthz');
    expect([answer.statusCode, answer.json()]).to.deep.equal([200, { status: 'UP' }]);
  });
  it('is ready when database and queue answer', async () => {
    const answer = await buildManagement({ isStarted, store: well, queue: well, metrics, log }).inject('/readyz');
    expect([answer.statusCode, answer.json()]).to.deep.equal([200, { status: 'UP', dependencies: { database: 'UP', queue: 'UP' } }]);
  });
  it('is not ready before it has begun to work', async () => {
    const answer = await buildManagement({ store: well, queue: well, metrics, log, isStarted: () => false }).inject('/readyz');
    expect([answer.statusCode, answer.json<{ status: string }>().status]).to.deep.equal([503, 'DOWN']);
  });
  it('is not ready without one of them, and says which', async () => {
    const answer = await buildManagement({ isStarted, store: well, queue: away, metrics, log }).inject('/readyz');
    expect([answer.statusCode, answer.json()]).to.deep.equal([
      503,
      { status: 'DOWN', dependencies: { database: 'UP', queue: 'DOWN: connection refused' } },
    ]);
  });
  it('does not wait for one that does not answer', async function () {
    this.timeout(5000);
    const answer = await buildManagement({
      isStarted,
      store: { ping: () => new Promise(() => undefined) },
      queue: well,
      metrics,
      log,
    }).inject('/readyz');
    expect(answer.json()).to.have.nested.property('dependencies.database', 'DOWN: no answer within 2000 ms');
  });
  it('hands on the metrics', async () => {
    const answer = await buildManagement({ isStarted, store: away, queue: away, metrics, log }).inject('/metrics');
    expect([answer.statusCode, answer.headers['content-type'], answer.body]).to.deep.equal([200, 'text/plain', 'up 1\n']);
  });
  it('answers other paths in the one shape of an error', async () => {
    const answer = await buildManagement({ isStarted, store: well, queue: well, metrics, log }).inject('/metrix');
    expect([answer.statusCode, answer.json<{ reason: string }>().reason]).to.deep.equal([404, 'notFound']);
  });
});
