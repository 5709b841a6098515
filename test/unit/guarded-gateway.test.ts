import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { DreyError, isDreyError } from '../../src/domain/errors.ts';
import type { Job } from '../../src/domain/job.ts';
import type { SqlTable, SqlTableName } from '../../src/domain/sql-session.ts';
import type { SqlGateway } from '../../src/ports/sql.ts';
import { secretBox } from '../../src/secrets/box.ts';
import { jobSecrets } from '../../src/secrets/job-secrets.ts';
import { guardedGateway } from '../../src/targets/guarded-gateway.ts';
import { aJob, JOB_ID, NOW } from '../support/factories.ts';

const VALUE = "it's\nhunter2-and-more";
/** As SQL writes it. */
const IN_SQL = "it''s\nhunter2-and-more";
const KEY = new Uint8Array(32);
const SCRIPT = "CREATE TABLE a (x INT) WITH ('p' = '${token}', 'q' = 'r');\nINSERT INTO b SELECT x FROM a";

describe('the gateway of Jobs with secrets', () => {
  const job = aJob({
    spec: {
      ...aJob().spec,
      artifact: { kind: 'SQLSCRIPT', sqlScript: SCRIPT },
      flinkConfiguration: { o: '${token}' },
      savepointLocation: 's3://${token}/sp',
    },
  });
  let sent: Job[];
  let given: Partial<SqlGateway>;
  let sealed: string | undefined;
  beforeEach(() => {
    sent = [];
    given = {};
    sealed = secretBox(KEY).seal({ namespace: 'default', name: 'token' }, VALUE);
  });

  const took = <T>(with_: Job, answer: T): Promise<T> => {
    sent.push(with_);
    return Promise.resolve(answer);
  };
  const name: SqlTableName = { catalogName: `c ${VALUE}`, databaseName: `d ${VALUE}`, name: `t ${VALUE}` };
  const table: SqlTable = {
    ...name,
    temporary: true,
    columns: [{ name: `x ${VALUE}`, type: `ROW<a INT '${IN_SQL}'>` }],
    properties: { [`k ${VALUE}`]: 'v', plain: `v ${VALUE};password=${VALUE}`, password: 'p' },
  };
  /** Tells the value wherever it can. */
  const telling: SqlGateway = {
    recipes: ['explain'],
    open: (of) => took(of, 'session'),
    define: (of) => took(of, { kind: 'begun', operation: 'o' }),
    defined: (of) => took(of, { kind: 'failed', message: `no ${VALUE}`, at: { line: 2, column: 20 } }),
    plan: (of) => took(of, { kind: 'gone' }),
    planned: (of) => took(of, { kind: 'done', value: { sources: [[name]], sinks: [[name], []] } }),
    describe: () => Promise.resolve({ sources: [], sinks: [] }),
    described: (of) => took(of, { kind: 'done', value: { sources: [table], sinks: [table] } }),
    submit: (of) => took(of, { kind: 'inDoubt', message: `what of '${IN_SQL}'` }),
    submitted: (of) => took(of, { kind: 'refused', message: `no ${VALUE}` }),
    revoke: () => Promise.resolve(undefined),
    check: () => Promise.resolve({ kind: 'valid', what: 'insert' }),
    close: () => Promise.resolve(),
  };
  const guarded = (key: Uint8Array | undefined = KEY): SqlGateway => {
    const row = { id: JOB_ID, namespace: 'default', labels: {}, annotations: {}, createdAt: NOW, modifiedAt: NOW, version: 1 };
    const store = {
      job: () => Promise.resolve({ job, now: NOW }),
      secretValue: (_namespace: string, secret: string) =>
        Promise.resolve(sealed === undefined || secret !== 'token' ? undefined : { ...row, name: secret, sealed, formerSealed: [] }),
    };
    return guardedGateway({ ...telling, ...given }, jobSecrets(store, secretBox(key)));
  };
  const faultOf = async (call: Promise<unknown>): Promise<string> => {
    const error: unknown = await call.catch((thrown: unknown) => thrown);
    if (!isDreyError(error)) throw new Error('expected a failure', { cause: error });
    expect(error.cause).to.equal(undefined);
    return `${error.code}: ${error.message}`;
  };

  it('is sent values, each within its quotes', async () => {
    const gateway = guarded();
    await gateway.open(job);
    await gateway.define(job, 's', 0);
    await gateway.defined(job, 's', 'o', 0);
    await gateway.plan(job, 's', 'explain');
    await gateway.planned(job, 's', 'o', 'explain');
    await gateway.described(job, 's', { sources: [], sinks: [] });
    await gateway.submit(job, 's');
    await gateway.submitted(job, 's', 'o');
    expect(sent).to.have.length(8);
    for (const { spec } of sent) {
      expect(spec.artifact).to.deep.equal({ kind: 'SQLSCRIPT', sqlScript: SCRIPT.replace('${token}', () => IN_SQL) });
      expect(spec.flinkConfiguration).to.deep.equal({ o: VALUE });
      expect(spec.savepointLocation).to.equal(`s3://${VALUE}/sp`);
    }
  });

  it('tells names, and places in the script as it is stored', async () => {
    const gateway = guarded();
    // Line 2 of the script with values is still its first statement.
    const failed = { kind: 'failed', message: 'no ${token}', at: { line: 1, column: SCRIPT.indexOf("'q'") + 1 } };
    expect(await gateway.defined(job, 's', 'o', 0)).to.deep.equal(failed);
    const told = { catalogName: 'c ${token}', databaseName: 'd ${token}', name: 't ${token}' };
    expect(await gateway.planned(job, 's', 'o', 'explain')).to.deep.equal({
      kind: 'done',
      value: { sources: [[told]], sinks: [[told], []] },
    });
    const toldTable = {
      ...told,
      temporary: true,
      columns: [{ name: 'x ${token}', type: "ROW<a INT '${token}'>" }],
      // A key with a name in it that may be a password's is masked as well.
      properties: { 'k ${token}': '******', plain: 'v ${token};password=******', password: '******' },
    };
    const described = await gateway.described(job, 's', { sources: [], sinks: [] });
    expect(described).to.deep.equal({ kind: 'done', value: { sources: [toldTable], sinks: [toldTable] } });
    expect(await gateway.submit(job, 's')).to.deep.equal({ kind: 'inDoubt', message: "what of '${token}'" });
    expect(await gateway.submitted(job, 's', 'o')).to.deep.equal({ kind: 'refused', message: 'no ${token}' });
  });

  it('tells a failure without a place, and passes on what tells nothing', async () => {
    given = { defined: () => Promise.resolve({ kind: 'failed', message: VALUE }), submitted: () => Promise.resolve({ kind: 'running' }) };
    expect(await guarded().defined(job, 's', 'o', 0)).to.deep.equal({ kind: 'failed', message: '${token}' });
    expect(await guarded().submitted(job, 's', 'o')).to.deep.equal({ kind: 'running' });
    expect(await guarded().plan(job, 's', 'explain')).to.deep.equal({ kind: 'gone' });
    expect(await guarded().submit(aJob(), 's')).to.deep.equal({ kind: 'inDoubt', message: `what of '${IN_SQL}'` });
  });

  it('throws names, without what it was caused by', async () => {
    const odd = (): Promise<never> =>
      Promise.reject(new DreyError('clusterAnsweredOddly', `what is ${VALUE}?`, { cause: new Error(VALUE) }));
    given = { open: odd, define: odd, defined: odd, plan: odd, planned: odd, described: odd, submitted: odd };
    const gateway = guarded();
    for (const call of [
      ...[gateway.open(job), gateway.define(job, 's', 0), gateway.defined(job, 's', 'o', 0), gateway.plan(job, 's', 'explain')],
      ...[
        gateway.planned(job, 's', 'o', 'explain'),
        gateway.described(job, 's', { sources: [], sinks: [] }),
        gateway.submitted(job, 's', 'o'),
      ],
    ])
      expect(await faultOf(call)).to.equal('clusterAnsweredOddly: what is ${token}?');
  });

  it('is sent nothing where a secret is missing, or cannot be read', async () => {
    const locked = guarded(new Uint8Array(32).fill(1));
    expect(await faultOf(locked.open(job))).to.match(/^secretLocked: /);
    expect(await locked.submit(job, 's')).to.deep.include({ kind: 'notSubmitted' });
    sealed = undefined;
    expect(await faultOf(guarded().define(job, 's', 0))).to.match(/^secretMissing: there is no SecretValue "token"/);
    const answer = await guarded().submit(job, 's');
    expect(answer).to.include({ kind: 'notSubmitted' });
    expect('message' in answer && answer.message).to.match(/^there is no SecretValue "token"/);
    expect(sent).to.deep.equal([]);
  });
});
