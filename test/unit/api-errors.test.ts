import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { DreyError } from '../../src/domain/errors.ts';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { memoryStore } from '../support/memory-store.ts';

describe('API errors', () => {
  let api: TestApi;
  before(async () => {
    api = await testApi();
    await api.send('POST', '/deployments', manifest('taken'));
  });

  type Request = Parameters<TestApi['send']>;
  const table: [what: string, request: Request, status: number, reason: string, message: RegExp][] = [
    [
      'a body that is no YAML',
      ['POST', '/deployments', 'a: [1\nb: }', { 'content-type': 'application/yaml' }],
      400,
      'badRequest',
      /^the body is not usable: it is not YAML: .* at line 2, column \d/,
    ],
    ['a body that is no JSON', ['POST', '/deployments', '{"a": '], 400, 'badRequest', /^the body is not usable: it is not JSON: /],
    ['no body', ['POST', '/deployments', ''], 400, 'badRequest', /^the request has no body; send the resource as JSON or YAML$/],
    ['a body that is a list', ['POST', '/deployments', []], 400, 'badRequest', /^the body is not an object; /],
    [
      'an unknown field',
      ['POST', '/deployments', manifest('a', { stat: 'RUNNING' })],
      400,
      'badRequest',
      /^spec\.stat: unknown field; did you mean "state"\?$/,
    ],
    [
      'a wrong type',
      ['POST', '/deployments', manifest('a', {}, { parallelism: 'two' })],
      400,
      'badRequest',
      /^spec\.template\.spec\.parallelism: must be an integer, not "two"$/,
    ],
    [
      'a capital in the name',
      ['POST', '/deployments', manifest('My Job')],
      400,
      'badRequest',
      /^metadata\.name: "My Job" is not a name; use at most 63 of a-z, .*; did you mean "my-job"\?$/,
    ],
    [
      'an unknown target',
      ['POST', '/deployments', manifest('a', { deploymentTargetName: 'locla' })],
      400,
      'badRequest',
      /^spec\.deploymentTargetName: names no DeploymentTarget: "locla"; did you mean "local"\?$/,
    ],
    [
      'a duplicate name',
      ['POST', '/deployments', manifest('taken')],
      409,
      'conflict',
      /^a Deployment named taken already exists in namespace default$/,
    ],
    [
      'a contradicting namespace',
      ['POST', '/deployments', { ...manifest('a'), metadata: { name: 'a', namespace: 'prod' } }],
      400,
      'badRequest',
      /^metadata\.namespace: is "prod" and contradicts the path, which is that of "default"$/,
    ],
    [
      'a stale resourceVersion',
      ['PATCH', '/deployments/taken', { metadata: { resourceVersion: 77 }, spec: { state: 'RUNNING' } }],
      409,
      'stalePrecondition',
      /^Deployment taken is not at resourceVersion 77 \(now 2\); read it again and repeat the change$/,
    ],
    ['PUT to a Job', ['PUT', '/jobs/01900000-0000-7000-8000-000000000003', {}], 405, 'methodNotAllowed', /has no PUT; it has GET, HEAD$/],
    [
      'an unknown media type',
      ['POST', '/deployments', '<a/>', { 'content-type': 'application/xml' }],
      415,
      'unsupportedMediaType',
      /^this Content-Type is not understood; send one of application\/json, /,
    ],
    [
      'text/plain',
      ['POST', '/deployments', '{}', { 'content-type': 'text/plain' }],
      415,
      'unsupportedMediaType',
      /^this Content-Type is not understood/,
    ],
    [
      'a body of 2 MB',
      ['POST', '/deployments', { a: 'x'.repeat(2_000_000) }],
      413,
      'payloadTooLarge',
      /^the body is larger than 1048576 bytes$/,
    ],
    [
      'an unknown path',
      ['GET', '/deployment'],
      404,
      'notFound',
      /^there is no \/api\/v1\/namespaces\/default\/deployment here; \/api\/openapi\.json lists what there is$/,
    ],
    ['an unknown namespace', ['GET', '/api/v1/namespaces/prod/jobs'], 404, 'notFound', /^there is no namespace "prod"$/],
    ['an unknown Deployment', ['GET', '/deployments/takne'], 404, 'notFound', /^there is no Deployment "takne"; did you mean "taken"\?$/],
    ['an id that is none', ['GET', '/jobs/0190'], 404, 'notFound', /^there is no Job "0190"$/],
    [
      'an id that is none, as a filter',
      ['GET', '/jobs?deploymentId=0190'],
      400,
      'badRequest',
      /^\?deploymentId: must be an id like .*, not "0190"$/,
    ],
    [
      'an unknown query parameter',
      ['POST', '/deployments?dryrun=true', manifest('a')],
      400,
      'badRequest',
      /^\?dryrun: unknown field; did you mean "dryRun"\?/,
    ],
    ['a limit that is no number', ['GET', '/events?limit=many'], 400, 'badRequest', /^\?limit: must be an integer, not "many"$/],
    ['a limit of nothing', ['GET', '/events?limit=0'], 400, 'badRequest', /^\?limit: must be from 1 to 5000, not 0$/],
    ['a path that is no UTF-8', ['GET', '/deployments/%E0%A4%A'], 400, 'badRequest', /is not a valid url component$/],
    [
      'an Accept that cannot be met',
      ['POST', '/deployments', manifest('a'), { accept: 'text/html' }],
      406,
      'notAcceptable',
      /^"text\/html" cannot be answered; accept application\/json or application\/yaml$/,
    ],
    [
      'an If-Match that is no version',
      ['DELETE', '/deployments/taken', undefined, { 'if-match': '"abc"' }],
      400,
      'badRequest',
      /^If-Match: "abc" is not one version/,
    ],
  ];
  for (const [what, request, status, reason, message] of table) {
    it(`${what} is ${status} ${reason}`, async () => {
      const answer = await api.send(...request);
      expect(answer.body).to.include({ kind: 'Error', apiVersion: 'v1', statusCode: status, reason });
      expect(answer.status).to.equal(status);
      expect(answer.body.message).to.match(message);
      expect(answer.body.context).to.be.an('object');
      expect(answer.headers['content-type']).to.equal('application/json');
    });
  }

  it('tell every fault of a body at once', async () => {
    const { body } = await api.send('POST', '/deployments', {
      kind: 'Job',
      metadata: { name: '-a-', labels: { a: [1] }, lables: {} },
      spec: {
        state: 'RUNING',
        deploymentTargetId: 'x',
        jobFailureExpirationTime: '1h30m',
        template: { spec: { artifact: { kind: 'JAR', mainArgs: '"open' }, flinkConfiguration: { '$internal.pipeline.job-id': 'x' } } },
      },
    });
    expect(body.context).to.deep.equal({
      faults: [
        { place: 'metadata.lables', message: 'unknown field; did you mean "labels"?' },
        {
          place: 'metadata.name',
          message: '"-a-" is not a name; use at most 63 of a-z, 0-9 and "-", with no "-" at either end; did you mean "a"?',
        },
        { place: 'metadata.labels.a', message: 'must be a string, not a list' },
        { place: 'spec.state', message: 'must be RUNNING, SUSPENDED or CANCELLED, not "RUNING"; did you mean "RUNNING"?' },
        { place: 'spec.deploymentTargetId', message: 'must be an id like 01930a5c-7b1e-7c3a-9f00-0123456789ab, not "x"' },
        {
          place: 'spec.jobFailureExpirationTime',
          message: '"1h30m" is not a duration; write one number with ns, us, ms, s, m, h or d ("90s"), or ISO-8601 ("PT1M30S")',
        },
        { place: 'spec.template.spec.artifact.jarUri', message: 'is missing; it must be a string' },
        { place: 'spec.template.spec.artifact.mainArgs', message: 'mainArgs has an opening " that is never closed' },
        { place: 'kind', message: 'is "Job" and contradicts the path, which is that of "Deployment"' },
        {
          place: 'spec.template.spec.flinkConfiguration["$internal.pipeline.job-id"]',
          message: 'is set by Drey, to the id of each Job; remove it',
        },
      ],
    });
    expect(body.message.split('\n')).to.have.length(10);
  });

  it('answer every other method with 405 and Allow', async () => {
    for (const [method, path, allow] of [
      ['DELETE', '/deployments', 'GET, HEAD, POST'],
      ['POST', '/deployments/taken', 'GET, HEAD, PUT, PATCH, DELETE'],
      ['POST', '/events', 'GET, HEAD'],
      ['PATCH', '/jobs', 'GET, HEAD'],
      ['POST', '/api/openapi.json', 'GET, HEAD'],
    ] as const) {
      const answer = await api.send(method, path, 'not even JSON');
      expect([answer.status, answer.headers['allow']], `${method} ${path}`).to.deep.equal([405, allow]);
    }
  });

  it('of the daemon itself are 500 without a word of what is inside, which is logged', async () => {
    const broken = await testApi({ ...memoryStore(), deployments: () => Promise.reject(new Error('password=geheim')) });
    const answer = await broken.send('GET', '/deployments', undefined, { accept: 'application/yaml' });
    expect([answer.status, answer.body.reason]).to.deep.equal([500, 'internalError']);
    expect(answer.text).not.to.match(/geheim/);
    expect(broken.errors).to.have.length(1);
  });
  it('of a database that is away are 503 with Retry-After', async () => {
    const away = await testApi({
      ...memoryStore(),
      jobs: () => Promise.reject(new DreyError('unavailable', 'the database cannot be used now')),
    });
    const answer = await away.send('GET', '/jobs');
    expect([answer.status, answer.body.reason, answer.headers['retry-after']]).to.deep.equal([503, 'unavailable', '5']);
    expect(away.errors).to.deep.equal([]);
  });
});
