import { expect } from 'chai';
import { after, before, beforeEach, describe, it } from 'mocha';
import { DreyError } from '../../src/domain/errors.ts';
import type { Job } from '../../src/domain/job.ts';
import type { SqlVerdict } from '../../src/domain/sql-verdict.ts';
import type { SqlGateway } from '../../src/ports/sql.ts';
import { testApi, type TestApi } from '../support/api.ts';
import { cli, listen } from '../support/cli.ts';
import { memoryStore } from '../support/memory-store.ts';

const PATH = '/sql/v1beta1/namespaces/default/sqlscripts:validate';
const SCRIPT = 'INSERT INTO snk\n  SELECT id FROM src';

describe('the validation of SQL', () => {
  let api: TestApi;
  let server: string;
  let verdict: SqlVerdict | DreyError;
  let checked: { target: string; script: Pick<Job, 'namespace' | 'spec'> }[];
  before(async () => {
    const targets = {
      cluster: () => expect.fail('no cluster is looked at'),
      sqlGateway: ({ name }: { name: string }) =>
        ({
          check: (script) => {
            checked.push({ target: name, script });
            return verdict instanceof DreyError ? Promise.reject(verdict) : Promise.resolve(verdict);
          },
        }) satisfies Partial<SqlGateway> as SqlGateway,
    };
    api = await testApi(memoryStore(), targets);
    server = await listen(api);
    await target('with-gateway');
  });
  after(() => api.app.close());
  beforeEach(() => {
    checked = [];
    verdict = { kind: 'valid', what: 'insert' };
  });
  const target = (name: string) =>
    api.send('POST', '/deployment-targets', {
      metadata: { name },
      spec: { session: { url: 'http://flink:8081', sqlGatewayUrl: 'http://gateway:8083' } },
    });
  const validate = (body: object) => api.send('POST', PATH, body);

  const results: readonly [SqlVerdict, string][] = [
    [{ kind: 'valid', what: 'insert' }, 'VALIDATION_RESULT_VALID_INSERT_QUERY'],
    [{ kind: 'valid', what: 'query' }, 'VALIDATION_RESULT_VALID_SELECT_QUERY'],
    [{ kind: 'valid', what: 'definition' }, 'VALIDATION_RESULT_VALID_DDL_STATEMENT'],
    [{ kind: 'valid', what: 'command' }, 'VALIDATION_RESULT_VALID_COMMAND_STATEMENT'],
  ];
  for (const [seen, result] of results) {
    it(`is ${result}`, async () => {
      verdict = seen;
      expect(JSON.parse((await validate({ statement: SCRIPT })).text)).to.deep.equal({ validationResult: result });
    });
  }
  const faults: readonly [(SqlVerdict & { kind: 'invalid' })['why'], string][] = [
    ['statement', 'VALIDATION_RESULT_INVALID'],
    ['query', 'VALIDATION_RESULT_INVALID_QUERY'],
    ['unsupported', 'VALIDATION_RESULT_UNSUPPORTED_QUERY'],
    ['connector', 'VALIDATION_RESULT_INVALID_CONNECTOR_CONFIG'],
  ];
  for (const [why, result] of faults) {
    it(`is ${result}, and says where`, async () => {
      verdict = { kind: 'invalid', why, message: 'so it is', from: { line: 2, column: 10 }, to: { line: 2, column: 11 } };
      expect(JSON.parse((await validate({ statement: SCRIPT })).text)).to.deep.equal({
        validationResult: result,
        errorDetails: { message: 'so it is', lineNumber: 2, columnNumber: 10, endLineNumber: 2, endColumnNumber: 11 },
      });
      const told = await cli(server, 'sql check -', { stdin: SCRIPT });
      expect(told).to.deep.equal({ code: 1, out: `-:2:10: so it is (${result})\n`, err: '' });
    });
  }

  it('is done by the one target that has a gateway, as a Job of it would have it', async () => {
    await validate({ statement: SCRIPT });
    expect(checked[0]?.target).to.equal('with-gateway');
    expect(checked[0]?.script.namespace).to.equal('default');
    expect(checked[0]?.script.spec.artifact).to.deep.equal({ kind: 'SQLSCRIPT', sqlScript: SCRIPT });
  });

  it('names a secret that is not there, where the script names it', async () => {
    const { text } = await validate({ statement: "CREATE TABLE a (i INT) WITH (\n  'connector' = '${kind}')" });
    expect(JSON.parse(text)).to.deep.equal({
      validationResult: 'VALIDATION_RESULT_INVALID',
      errorDetails: {
        message: 'there is no SecretValue "kind" in namespace default',
        lineNumber: 2,
        columnNumber: 18,
        endLineNumber: 2,
        endColumnNumber: 18,
      },
    });
    expect(checked).to.deep.equal([]);
  });

  it('is 503 while the gateway cannot be asked', async () => {
    verdict = new DreyError('clusterUnreachable', 'POST http://gateway:8083/v1/sessions: connect ECONNREFUSED');
    const answer = await validate({ statement: SCRIPT });
    expect([answer.status, answer.body.message]).to.deep.equal([503, 'POST http://gateway:8083/v1/sessions: connect ECONNREFUSED']);
    expect((await cli(server, 'sql check -', { stdin: SCRIPT })).code).to.equal(5);
  });

  const bad: readonly [string, object, RegExp][] = [
    ['without a statement', {}, /^statement: is missing/],
    ['of another type', { statement: 5 }, /^statement: must be a string/],
    ['with an unknown field', { statement: SCRIPT, target: 'x' }, /^target: unknown field/],
    [
      'by a target that has none',
      { statement: SCRIPT, deploymentTargetName: 'local' },
      /^deploymentTargetName: "local" is no target with a session.sqlGatewayUrl/,
    ],
    ['by a target that is not there', { statement: SCRIPT, deploymentTargetName: 'with-gatewya' }, /did you mean "with-gateway"/],
  ];
  for (const [what, body, message] of bad) {
    it(`is 400 ${what}`, async () => {
      const answer = await validate(body);
      expect(answer.status).to.equal(400);
      expect(answer.body.message).to.match(message);
    });
  }

  it('asks for the target where several have a gateway', async () => {
    await target('another');
    const { status, body } = await validate({ statement: SCRIPT });
    expect([status, body.message]).to.deep.equal([
      400,
      'deploymentTargetName: is missing; several targets have a SQL Gateway: another, with-gateway',
    ]);
    expect((await cli(server, 'sql check - --target another', { stdin: SCRIPT })).out).to.equal(
      '-: VALIDATION_RESULT_VALID_INSERT_QUERY\n',
    );
    expect(checked[0]?.target).to.equal('another');
    await api.send('DELETE', '/deployment-targets/another');
  });

  it('tells on the command line what no Deployment may be, without asking anybody', async () => {
    const script = 'SELECT 1;\nINSERT INTO a SELECT 1;\nINSERT INTO b SELECT 2';
    const { code, out } = await cli(server, 'sql check -', { stdin: script });
    expect(code).to.equal(1);
    expect(out).to.match(/^-:1:1: statement 1 \(SELECT 1\) is a query .*\n-:3:1: statement 3 .* is one INSERT too many/);
    expect(checked).to.deep.equal([]);
    expect((await cli(server, 'sql check /nowhere.sql')).err).to.match(/^drey: \/nowhere\.sql cannot be read: /);
  });
});

describe('the validation of SQL in a namespace without a gateway', () => {
  it('is 409, and says what is missing', async () => {
    const api = await testApi();
    const { status, body } = await api.send('POST', PATH, { statement: SCRIPT });
    expect([status, body.message]).to.deep.equal([
      409,
      'no DeploymentTarget of namespace default has a session.sqlGatewayUrl; create one first',
    ]);
    await api.app.close();
  });
});
