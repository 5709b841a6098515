import { expect } from 'chai';
import { describe, it } from 'mocha';
import { endpointName } from '../../src/flink/endpoint-name.ts';

describe('the name of an endpoint', () => {
  const id = '0190000000007000800000000000000a';
  const names: [string, string, string][] = [
    ['GET', '/config', 'GET /config'],
    ['GET', '/jobs/overview', 'GET /jobs/overview'],
    ['GET', `/jobs/${id}`, 'GET /jobs/:id'],
    ['PATCH', `/jobs/${id}?mode=cancel`, 'PATCH /jobs/:id'],
    ['GET', `/jobs/${id}/metrics?get=numRestarts`, 'GET /jobs/:id/metrics'],
    ['GET', '/jars', 'GET /jars'],
    ['POST', '/jars/upload', 'POST /jars/upload'],
    ['POST', '/jars/a_b.jar/run', 'POST /jars/:id/run'],
    ['POST', `/jobs/${id}/savepoints`, 'POST /jobs/:id/savepoints'],
    ['GET', `/jobs/${id}/savepoints/${id}`, 'GET /jobs/:id/savepoints/:id'],
    ['GET', `/savepoint-disposal/${id}`, 'GET /savepoint-disposal/:id'],
    ['POST', `/applications/${id}/cancel`, 'POST /applications/:id/cancel'],
  ];
  for (const [method, path, name] of names) it(name, () => expect(endpointName(method, path)).to.equal(name));
});
