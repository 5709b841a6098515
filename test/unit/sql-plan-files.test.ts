import { expect } from 'chai';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { GatewayClient } from '../../src/flink/gateway-client.ts';
import { sqlGateway } from '../../src/targets/sql-gateway.ts';
import { aJob } from '../support/factories.ts';
import { gatewayPlans } from '../support/gateway-texts.ts';

describe('the files that COMPILE PLAN writes', () => {
  let folder: string;
  let sent: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'drey-test-plans-'));
    sent = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const client: GatewayClient = {
    openSession: () => expect.fail('none is opened'),
    sessionSettings: () => expect.fail('nobody asks'),
    execute: (_session, statement) => Promise.resolve(`o${sent.push(statement)}`),
    deliver: () => expect.fail('nothing is submitted'),
    result: () => Promise.resolve({ kind: 'done', rows: [['OK']] }),
    closeSession: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const job = aJob({ spec: { ...aJob().spec, artifact: { kind: 'SQLSCRIPT', sqlScript: 'INSERT INTO a SELECT 1' } } });
  const gateway = () => sqlGateway(client, 1000, folder);
  const file = (session: string): string => join(folder, `${session}.json`);

  it('are asked for first, in the folder that both see, a file a session', async () => {
    expect(gateway().recipes).to.deep.equal(['compile', 'explain']);
    await gateway().plan(job, 's1', 'compile');
    expect(sent).to.deep.equal([`COMPILE PLAN 'file://${file('s1')}' FOR \nINSERT INTO a SELECT 1`]);
  });
  it('are read once, and removed', async () => {
    writeFileSync(file('s1'), gatewayPlans('2.3.0')[0]!.plan);
    const of = (name: string) => ({ catalogName: 'default_catalog', databaseName: 'default_database', name });
    expect(await gateway().planned(job, 's1', 'o1', 'compile')).to.deep.equal({
      kind: 'done',
      value: { sources: [[of('src')]], sinks: [[of('snk')]] },
    });
    expect(existsSync(file('s1'))).to.equal(false);
  });
  it('that are not there, or no plans, are a failure, so that it is explained instead', async () => {
    writeFileSync(file('s2'), '<html>');
    for (const session of ['s1', 's2']) {
      const end = await gateway().planned(job, session, 'o1', 'compile');
      expect(end).to.deep.equal({
        kind: 'failed',
        message: `the gateway wrote its plan to ${file(session)}, and it is not to be read there`,
      });
    }
    expect(existsSync(file('s2'))).to.equal(false);
  });
  it('are removed with their session', async () => {
    writeFileSync(file('s1'), '{}');
    await gateway().close('s1');
    await gateway().close('s1');
    expect(existsSync(file('s1'))).to.equal(false);
  });
});
