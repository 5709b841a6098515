import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import type { TSchema } from 'typebox';
import { DefaultsSchema, GlobalDefaultsSchema } from '../../src/api/deployment-defaults.ts';
import { DeploymentListSchema, DeploymentSchema } from '../../src/api/deployment-schema.ts';
import { TargetListSchema, TargetSchema } from '../../src/api/deployment-targets.ts';
import { ErrorSchema } from '../../src/api/errors.ts';
import { JobListSchema, JobSchema } from '../../src/api/job-schema.ts';
import { SecretListSchema, SecretSchema } from '../../src/api/secret-values.ts';
import { faultsOf } from '../../src/schema/faults.ts';
import { manifest, testApi, type TestApi } from '../support/api.ts';

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>>; readonly securitySchemes: object };
  readonly security: object;
}

describe('OpenAPI', () => {
  let api: TestApi;
  let document: OpenApi;
  before(async () => {
    api = await testApi();
    document = JSON.parse((await api.send('GET', '/api/openapi.json')).text) as OpenApi;
  });

  it('is 3.1 and names every path with its methods', () => {
    expect(document.openapi).to.equal('3.1.0');
    const base = '/api/v1/namespaces/{namespace}';
    const artifacts = '/artifacts/v1/namespaces/{namespace}/artifacts';
    const methods = Object.fromEntries(Object.entries(document.paths).map(([path, item]) => [path, Object.keys(item).sort().join(' ')]));
    expect(methods).to.deep.equal({
      '/api/v1/status': 'get',
      '/api/v1/status/system-info': 'get',
      [`${base}/deployments`]: 'get post',
      [`${base}/deployments/{nameOrId}`]: 'delete get patch put',
      [`${base}/deployment-targets`]: 'get post',
      [`${base}/deployment-targets/{nameOrId}`]: 'delete get patch put',
      [`${base}/jobs`]: 'get',
      [`${base}/jobs/{id}`]: 'get',
      [`${base}/jobs/{id}/abandon`]: 'post',
      [`${base}/events`]: 'get',
      [`${base}/savepoints`]: 'get post',
      [`${base}/savepoints/{id}`]: 'delete get',
      [`${base}/strays`]: 'get',
      [`${base}/secret-values`]: 'get post',
      [`${base}/secret-values/{name}`]: 'delete get patch put',
      [`${base}/deployment-defaults`]: 'get patch put',
      '/api/v1/global-deployment-defaults': 'get',
      '/api/v1/retention/plan': 'get',
      '/api/v1/retention/run': 'post',
      '/apitokens/v1/namespaces/{namespace}/apitokens': 'get post',
      '/apitokens/v1/namespaces/{namespace}/apitokens/{name}': 'delete get',
      '/sql/v1beta1/namespaces/{namespace}/sqlscripts:validate': 'post',
      '/namespaces/v1/namespaces': 'get post',
      '/namespaces/v1/namespaces/{namespace}': 'delete get put',
      [`${artifacts}:list`]: 'get',
      [`${artifacts}:getMetadata`]: 'get',
      [`${artifacts}:upload`]: 'post',
      [`${artifacts}:delete`]: 'delete',
    });
  });
  it('refers to components that are there, and repeats none', () => {
    const text = JSON.stringify(document);
    const referred = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name));
    expect([...referred].sort()).to.deep.equal(Object.keys(document.components.schemas).sort());
    expect(referred).to.include('Deployment').and.to.include('Error').and.to.include('JobList');
    expect(text.match(/"title":"Deployment"/g)).to.have.length(1);
  });
  it('says which token a request brings, and the least role of each operation', () => {
    const { securitySchemes } = document.components;
    expect(securitySchemes).to.have.nested.property('token.scheme', 'bearer');
    expect(document.security).to.deep.equal([{ token: [] }]);
    expect(document.paths['/api/v1/status']!['get']).to.have.deep.property('security', []);
    expect(document.paths['/api/v1/retention/run']!['post']).to.have.property('x-role', 'admin');
  });
  it('has an artifact for each kind', () => {
    const { JarArtifact, SqlScriptArtifact } = document.components.schemas;
    expect(JarArtifact).to.have.deep.nested.property('properties.kind.enum', ['JAR']);
    expect(SqlScriptArtifact).to.have.deep.nested.property('properties.kind.enum', ['SQLSCRIPT']);
    expect(SqlScriptArtifact).to.have.deep.property('required', ['kind', 'sqlScript']);
    const both = '"artifact":{"anyOf":[{"$ref":"#/components/schemas/JarArtifact"},{"$ref":"#/components/schemas/SqlScriptArtifact"}]}';
    expect(JSON.stringify(document).split(both).length - 1).to.be.at.least(2);
  });
  it('is shown as a page that loads nothing from elsewhere', async () => {
    for (const path of ['/docs', '/docs/']) {
      const page = await api.app.inject({ url: path });
      expect([page.statusCode, page.headers['content-type']], path).to.deep.equal([200, 'text/html; charset=utf-8']);
      expect(page.headers['x-content-type-options']).to.equal('nosniff');
      expect(page.headers['content-security-policy']).to.match(/^default-src 'self'; .*frame-ancestors 'none'$/);
      const parts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => new URL(part, 'http://drey/docs/'));
      expect(parts.length).to.be.greaterThan(4);
      for (const { host, pathname } of parts) {
        expect(host).to.equal('drey');
        expect((await api.app.inject({ url: pathname })).statusCode, pathname).to.equal(200);
      }
    }
    expect((await api.app.inject({ url: '/docs/json' })).json()).to.deep.equal(document);
    expect((await api.app.inject({ url: '/docs/static/../../package.json' })).statusCode).to.equal(404);
    expect((await api.app.inject({ method: 'POST', url: '/docs' })).statusCode).to.equal(405);
  });
  it('says nothing of validators that JSON cannot say', () => expect(JSON.stringify(document)).not.to.match(/~refine|~kind/));

  it('describes what is answered', async () => {
    await api.send('POST', '/deployments', manifest('a', { state: 'RUNNING' }, { resources: { a: 1 }, flinkConfiguration: { a: 1 } }));
    await api.send('PUT', '/secret-values/token', { spec: { value: 'x' } });
    await api.send('PUT', '/deployment-defaults', { spec: { template: { spec: { parallelism: 2 } } } });
    const [job] = await api.store.jobs('default', {});
    await api.engine.jobs.refuse(job!, { reason: 'ArtifactUnavailable', message: 'no such jar' });
    const session = { url: 'http://flink', sqlGatewayUrl: 'http://gateway' };
    await api.send('POST', '/deployment-targets', { metadata: { name: 'with-gateway' }, spec: { session } });
    const artifact = { kind: 'SQLSCRIPT', sqlScript: 'INSERT INTO a SELECT 1' };
    await api.send('POST', '/deployments', manifest('b', { state: 'RUNNING', deploymentTargetName: 'with-gateway' }, { artifact }));
    const script = (await api.store.jobs('default', {})).find(({ spec }) => spec.artifact.kind === 'SQLSCRIPT');
    const table = {
      catalogName: 'c',
      databaseName: 'd',
      name: 'a',
      temporary: true,
      columns: [{ name: 'x', type: 'INT' }],
      properties: { y: 'z' },
    };
    const sql = { session: 'hidden', stage: { kind: 'submitting' } } as const;
    await api.engine.jobs.beginSubmission(script!, 'jm', { sql, tables: { sources: [], sinks: [table] } });
    const answers: [string, TSchema][] = [
      ['/deployments', DeploymentListSchema],
      ['/deployments/a', DeploymentSchema],
      ['/deployment-targets', TargetListSchema],
      ['/deployment-targets/local', TargetSchema],
      ['/secret-values', SecretListSchema],
      ['/secret-values/token', SecretSchema],
      ['/deployment-defaults', DefaultsSchema],
      ['/api/v1/global-deployment-defaults', GlobalDefaultsSchema],
      ['/jobs', JobListSchema],
      [`/jobs/${job!.id}`, JobSchema],
      ['/deployments/b', DeploymentSchema],
      [`/jobs/${script!.id}`, JobSchema],
      ['/jobs/none', ErrorSchema],
    ];
    for (const [path, schema] of answers) {
      const { text } = await api.send('GET', path);
      expect(faultsOf(schema, JSON.parse(text)), path).to.deep.equal([]);
      // Who knows the handle of a session can use it.
      expect(text).not.to.include('hidden');
    }
    const { status } = JSON.parse((await api.send('GET', `/jobs/${script!.id}`)).text) as { status: object };
    expect(status).to.deep.include({ sourceTables: [], sinkTables: [table] });
  });
});

describe('status', () => {
  it('has the system information of VVP', async () => {
    const api = await testApi();
    const { text } = await api.send('GET', '/api/v1/status/system-info');
    expect(JSON.parse(text)).to.deep.equal({
      apiVersion: 'v1',
      kind: 'SystemInformation',
      status: { revisionInformation: { buildVersion: '1.2.3' } },
    });
  });
  it('says which Drey this is and whether it reaches its database', async () => {
    const api = await testApi();
    expect((await api.send('GET', '/api/v1/status')).body).to.deep.equal({
      apiVersion: 'v1',
      kind: 'Status',
      version: '1.2.3',
      database: 'UP',
    });
  });
});
