import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { isDreyError } from '../../src/domain/errors.ts';
import { gatewayClient, isUnknown, type GatewayClient } from '../../src/flink/gateway-client.ts';
import { throwables } from '../../src/flink/throwables.ts';
import { fakeServer, type FakeServer } from '../support/fake-server.ts';
import { trace } from '../support/flink-simulator/texts.ts';
import { FLINK_LIMITS } from '../support/session-world.ts';

const S = '0f9a1b2c-0000-4000-8000-000000000001';
const O = '0f9a1b2c-0000-4000-8000-000000000002';
const RESULT = `/v2/sessions/${S}/operations/${O}/result`;
const GATEWAY = 'org.apache.flink.table.gateway.api.utils.SqlGatewayException: ';
const EXECUTION = `org.apache.flink.table.gateway.service.utils.SqlExecutionException: Failed to execute the operation ${O}.`;
const gone = `${GATEWAY}Session '${S}' does not exist.`;
const noOperation = `${GATEWAY}Can not find the submitted operation in the OperationManager with the ${O}.`;

const fails = (...chain: string[]) => ({ status: 500, body: { errors: ['Internal server error.', trace(...chain)] } });
const page = (resultType: string, ...rows: unknown[][]) => ({
  body: {
    resultType,
    isQueryResult: false,
    resultKind: 'SUCCESS_WITH_CONTENT',
    results: { columns: [], rowFormat: 'JSON', data: rows.map((fields) => ({ kind: 'INSERT', fields })) },
  },
});

describe('the client of a SQL Gateway', () => {
  let server: FakeServer;
  let client: GatewayClient;
  let moves: string[];
  const start = async (answers: Parameters<typeof fakeServer>[0]): Promise<void> => {
    server = await fakeServer(answers);
    client = gatewayClient(new URL(server.url), FLINK_LIMITS, { asked: () => undefined, breakerMoved: (state) => moves.push(state) });
  };
  beforeEach(() => (moves = []));
  afterEach(async () => {
    await client.close();
    await server.close();
  });
  const faultOf = async (call: Promise<unknown>): Promise<string> => {
    const error: unknown = await call.catch((thrown: unknown) => thrown);
    if (!isDreyError(error)) throw new Error(`expected a failure, not ${JSON.stringify(error)}`, { cause: error });
    return `${error.code}: ${error.message.replaceAll(server.url, 'URL')}`;
  };

  it('opens a session with options, and closes it', async () => {
    await start({ 'POST /v1/sessions': { body: { sessionHandle: S } }, [`DELETE /v1/sessions/${S}`]: { body: { status: 'CLOSED' } } });
    expect(await client.openSession('drey x', { a: 'b' })).to.equal(S);
    await client.closeSession(S);
    expect(server.bodies).to.deep.equal([{ sessionName: 'drey x', properties: { a: 'b' } }]);
    expect(server.asked).to.deep.equal(['POST /v1/sessions', `DELETE /v1/sessions/${S}`]);
  });

  it('sends one statement, and another with options of its own', async () => {
    await start({ [`POST /v1/sessions/${S}/statements`]: { body: { operationHandle: O } } });
    expect(await client.execute(S, 'SELECT 1')).to.equal(O);
    const delivery = await client.deliver(S, 'INSERT', { 'a.b': 'c' });
    expect(delivery).to.deep.equal({ kind: 'answered', reply: { status: 200, text: JSON.stringify({ operationHandle: O }) } });
    expect(server.bodies).to.deep.equal([{ statement: 'SELECT 1' }, { statement: 'INSERT', executionConfig: { 'a.b': 'c' } }]);
  });

  it('takes no handle that could be another path', async () => {
    for (const handle of ['../../info', `${S}/..`, `${S}\n`, '', 7, null, 'x'.repeat(36), '%2e'.repeat(12)]) {
      await start({
        'POST /v1/sessions': { body: { sessionHandle: handle } },
        [`POST /v1/sessions/${S}/statements`]: { body: { operationHandle: handle } },
      });
      expect(await faultOf(client.openSession('x', {}))).to.match(
        /^clusterAnsweredOddly: POST URL\/v1\/sessions: 200, but not what Flink answers/,
      );
      expect(await faultOf(client.execute(S, 'x'))).to.match(/^clusterAnsweredOddly: /);
      await client.close();
      await server.close();
    }
    await start({});
  });

  describe('a result', () => {
    it('is running until it is ready, and then its first page, again and again: asked for the next, it forgets that', async () => {
      let isReady = false;
      await start({
        [`GET ${RESULT}/0`]: () =>
          isReady ? page('PAYLOAD', ['a', 1], [null, true]) : { body: { resultType: 'NOT_READY', nextResultUri: 'http://elsewhere/' } },
      });
      expect(await client.result(S, O)).to.deep.equal({ kind: 'running' });
      isReady = true;
      for (let again = 0; again < 2; again++) {
        expect(await client.result(S, O)).to.deep.equal({
          kind: 'done',
          rows: [
            ['a', 1],
            [null, true],
          ],
        });
      }
      expect(new Set(server.asked)).to.deep.equal(new Set([`GET ${RESULT}/0?rowFormat=JSON`]));
    });
    for (const [what, text] of [
      ['its session', gone],
      ['its operation', noOperation],
    ] as const) {
      it(`is gone with ${what}`, async () => {
        await start({
          [`GET ${RESULT}/0`]: fails(`${GATEWAY}${GATEWAY}Failed to fetchResults.`, `${GATEWAY}Failed to fetchResults.`, text),
        });
        expect(await client.result(S, O)).to.deep.equal({ kind: 'gone' });
      });
    }
    it('is why the statement failed, and tells no handle', async () => {
      await start({
        [`GET ${RESULT}/0`]: fails(`${GATEWAY}Failed to fetchResults.`, EXECUTION, 'org.apache.flink.table.api.ValidationException: no'),
      });
      const result = await client.result(S, O);
      expect(result.kind === 'failed' && result.chain.map(({ message }) => message)).to.deep.equal([
        'Failed to fetchResults.',
        'Failed to execute the operation ….',
        'no',
      ]);
    });
    it('is a failure also where Flink could not put it into an answer', async () => {
      await start({ [`GET ${RESULT}/0`]: fails('java.time.zone.ZoneRulesException: Unknown time-zone ID: Mars') });
      expect(await client.result(S, O)).to.have.property('kind', 'failed');
    });
    it('is not gone where a failure quotes a script that says so', async () => {
      await start({ [`GET ${RESULT}/0`]: fails(`${GATEWAY}Failed to fetchResults.`, EXECUTION, "a.B: no factory for 'x", `${gone}'`) });
      expect(await client.result(S, O)).to.have.property('kind', 'failed');
    });
    for (const [what, answer, fault] of [
      ['a page of somebody else', { body: '<html>' }, /^clusterAnsweredOddly: .*: 200, but not what Flink answers: <html>$/],
      ['another shape', { body: { resultType: 7 } }, /^clusterAnsweredOddly: /],
      ['rows of another shape', { body: { resultType: 'EOS', results: { data: [{ fields: 'x' }] } } }, /^clusterAnsweredOddly: /],
      [
        'a redirect',
        { status: 302, headers: { location: 'http://elsewhere/' }, body: '' },
        /^clusterAnsweredOddly: .*: 302, an empty answer$/,
      ],
      ['an error of somebody else', { status: 500, body: { errors: ['no'] } }, /^clusterUnreachable: .*: 500, no$/],
      [
        'a proxy',
        { status: 502, body: `bad gateway for ${RESULT}` },
        /^clusterUnreachable: .*: 502, bad gateway for \/v2\/sessions\/…\/operations\/…\/result$/,
      ],
      [
        'a refusal',
        { status: 400, body: { errors: [trace('a.RestHandlerException: Bad request')] } },
        /^clusterAnsweredOddly: .*Bad request/,
      ],
    ] as const) {
      it(`is not understood: ${what}`, async () => {
        await start({ [`GET ${RESULT}/0`]: answer });
        const told = await faultOf(client.result(S, O));
        expect(told).to.match(fault).and.include('GET URL/v2/sessions/…/operations/…/result/0');
        expect(told).not.to.include(S).and.not.to.include(O);
      });
    }
  });

  it('a session that is not known is no failure', async () => {
    const unknown = fails(`${GATEWAY}Failed to execute statement.`, gone);
    await start({
      [`POST /v1/sessions/${S}/statements`]: unknown,
      [`DELETE /v1/sessions/${S}`]: unknown,
      [`GET /v1/sessions/${S}`]: unknown,
    });
    expect(await client.execute(S, 'x')).to.equal(undefined);
    expect(await client.sessionSettings(S)).to.equal(undefined);
    await client.closeSession(S);
  });

  it('no error tells the handle of a session', async () => {
    const odd = { status: 404, body: `no ${S}` };
    await start({ [`POST /v1/sessions/${S}/statements`]: odd, [`DELETE /v1/sessions/${S}`]: odd, [`GET /v1/sessions/${S}`]: odd });
    for (const call of [client.execute(S, 'x'), client.sessionSettings(S), client.closeSession(S)])
      expect(await faultOf(call)).to.match(/^clusterAnsweredOddly: \w+ URL\/v1\/sessions\/…(\/statements)?: 404, no …$/);
    await server.close();
    const delivery = await client.deliver(S, 'x', {});
    expect(delivery.kind).to.equal('notSent');
    expect('message' in delivery && delivery.message)
      .to.include('/v1/sessions/…/statements')
      .and.not.include(S);
    server = await fakeServer({});
  });

  describe('a session that is not opened', () => {
    const refused = "org.apache.flink.table.api.ValidationException: Could not find any factory for identifier 'nope'";
    it('for its options is refused for good, and keeps nobody else from the gateway', async () => {
      await start({ 'POST /v1/sessions': fails(`${GATEWAY}Failed to openSession.`, refused) });
      for (let again = 0; again < FLINK_LIMITS.breakerFailures + 1; again++)
        expect(await faultOf(client.openSession('x', {}))).to.equal(
          `sessionRefused: the SQL Gateway opens no session with these options: ${refused}`,
        );
      expect(moves.filter((move) => move !== 'closed')).to.deep.equal([]);
    });
    it('for want of room is tried again', async () => {
      await start({
        'POST /v1/sessions': fails(
          `${GATEWAY}Failed to openSession.`,
          `${GATEWAY}Failed to create session, the count of active sessions exceeds the max count: 1`,
        ),
      });
      expect(await faultOf(client.openSession('x', {}))).to.match(/^clusterUnreachable: .*exceeds the max count: 1$/);
    });
  });

  it('what it is that is not known is told by its own exception alone', async () => {
    await start({});
    for (const [text, expected] of [
      [gone, true],
      [noOperation, true],
      [`${GATEWAY}Failed to fetchResults.`, false],
      [`a.OtherException: Session '${S}' does not exist.`, false],
      [`${GATEWAY}No Session '${S}' does not exist.`, false],
    ] as const)
      expect(isUnknown({ chain: throwables(trace(text)) }), text).to.equal(expected);
  });
});
