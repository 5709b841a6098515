import { expect } from 'chai';
import { describe, it } from 'mocha';
import { v7 as uuid } from 'uuid';
import { dueOf } from '../../src/domain/due.ts';
import type { Job } from '../../src/domain/job.ts';
import { transition } from '../../src/domain/job-machine.ts';
import type { SqlSession, SqlStage, SqlTables } from '../../src/domain/sql-session.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { after, aJob, aSpec, aSubmittedJob, aTarget, deaf, LIMITS, NOW, silent } from '../support/factories.ts';
import { memoryStore } from '../support/memory-store.ts';

const OPENED: SqlSession = { session: 's', stage: { kind: 'opened' } };
const SUBMITTING: SqlSession = { session: 's', stage: { kind: 'submitting' } };
const TABLES: SqlTables = {
  sources: [
    {
      catalogName: 'c',
      databaseName: 'd',
      name: 'a',
      temporary: true,
      columns: [{ name: 'x', type: 'INT' }],
      properties: { connector: 'datagen' },
    },
  ],
  sinks: [],
};

/** The engine on a store in memory, with a Deployment of a script whose Job was just made. */
async function world() {
  let now = NOW.getTime();
  const store = memoryStore(() => new Date(now++));
  const target = aTarget({ spec: { session: { url: 'http://flink', sqlGatewayUrl: 'http://gateway' } } });
  await store.insertTarget(target);
  const queue = { wake: () => Promise.resolve(), ensure: () => Promise.resolve(), ping: () => Promise.resolve() };
  const { jobs, deployments } = createEngine({ store, queue, limits: LIMITS, newId: () => uuid(), listener: deaf, log: silent });
  const spec = aSpec({ template: { spec: { artifact: { kind: 'SQLSCRIPT', sqlScript: 'INSERT INTO a SELECT 1' }, parallelism: 1 } } });
  const { id } = await deployments.create('default', 'd', { input: { labels: {}, annotations: {}, spec }, target, events: [] });
  const job = async (): Promise<Job> => (await store.jobs('default', { deploymentId: id })).at(-1)!;
  const begin = (row: Job, tables = TABLES) => jobs.beginSubmission(row, 'jm-1', { sql: SUBMITTING, tables });
  return { engine: jobs, job, begin, opened: async () => (await jobs.recordScript(await job(), OPENED, 'its session'))! };
}

describe('the session of a script, as the engine writes it', () => {
  const defining = (index: number, operation?: string): SqlStage => ({
    kind: 'defining',
    index,
    ...(operation === undefined ? {} : { operation }),
  });

  it('goes on step by step', async () => {
    const { engine, job, opened } = await world();
    let row = await opened();
    for (const stage of [defining(0), defining(0, 'o'), { kind: 'planning', operation: 'p', recipe: 'explain' }] satisfies SqlStage[]) {
      row = (await engine.recordScript(row, { session: 's', stage }, `step ${stage.kind}`))!;
      expect(row).to.deep.include({ sql: { session: 's', stage }, waitingFor: `step ${stage.kind}`, state: 'STARTING' });
      expect(await job()).to.deep.equal(row);
    }
  });
  it('goes on although the row was looked at meanwhile', async () => {
    const { engine, opened, job } = await world();
    const row = await opened();
    await engine.setAside(row, 'it always fails');
    expect((await job()).version).to.be.greaterThan(row.version);
    expect((await engine.recordScript(row, { session: 's', stage: defining(0) }, 'x'))?.sql?.stage).to.deep.equal(defining(0));
  });
  it('does not go on from where it was before', async () => {
    const { engine, opened, job } = await world();
    const before = await job();
    const row = await opened();
    const moved = await engine.recordScript(row, { session: 's', stage: defining(0) }, 'x');
    for (const stale of [before, row])
      expect(await engine.recordScript(stale, { session: 't', stage: defining(7) }, 'y')).to.equal(undefined);
    expect(await job()).to.deep.equal(moved);
  });
  it('does not go on once its Job is to end', async () => {
    const { engine, opened, job } = await world();
    const row = await opened();
    await engine.refuse(row, { reason: 'ScriptRefused', message: 'no' });
    expect(await engine.recordScript(row, { session: 's', stage: defining(0) }, 'x')).to.equal(undefined);
    expect(await job())
      .to.include({ state: 'FAILED' })
      .and.not.to.have.property('releasedAt');
  });
  it('is closed once, and only by its own handle', async () => {
    const { engine, opened, job } = await world();
    const row = await opened();
    expect(await engine.recordClosed({ ...row, sql: { ...OPENED, session: 'other' } })).to.equal(undefined);
    expect((await job()).sql).to.deep.equal(OPENED);
    expect(await engine.recordClosed(row)).not.to.have.property('sql');
    expect(await engine.recordClosed(row)).to.equal(undefined);
    expect(await job()).to.include({ state: 'STARTING', submission: 'none' });
  });
});

describe('the submission of a script, as the engine writes it', () => {
  it('has the tables, and no bytes', async () => {
    const { opened, begin } = await world();
    const begun = await begin(await opened());
    expect(begun).to.deep.include({ sql: SUBMITTING, tables: TABLES, submission: 'inDoubt', attempt: 1, fingerprint: 'jm-1' });
    expect(begun).not.to.have.property('artifactSha256');
  });
  it('is begun by one of two', async () => {
    const { opened, begin } = await world();
    const row = await opened();
    expect((await Promise.all([begin(row), begin(row)])).filter((begun) => begun !== undefined)).to.have.length(1);
  });
  it('that is repeated keeps the tables that were told first', async () => {
    const { engine, opened, begin } = await world();
    const begun = (await begin(await opened()))!;
    const withdrawn = (await engine.recordAnswer(begun, { kind: 'notSubmitted', message: 'the gateway is away' }))!;
    expect(withdrawn).to.deep.include({ submission: 'none', attempt: 0, waitingFor: 'the gateway is away', tables: TABLES });
    expect((await begin(withdrawn, { sources: [], sinks: [] }))?.tables).to.deep.equal(TABLES);
  });
  it('is no step of an earlier attempt', async () => {
    const { engine, opened, begin } = await world();
    const row = await opened();
    const begun = (await begin(row))!;
    expect(
      await engine.recordScript({ ...row, sql: SUBMITTING }, { session: 's', stage: { kind: 'submitting', operation: 'o' } }, 'x'),
    ).to.equal(undefined);
    expect(
      (await engine.recordScript(begun, { session: 's', stage: { kind: 'submitting', operation: 'o' } }, 'x'))?.sql?.stage,
    ).to.deep.equal({
      kind: 'submitting',
      operation: 'o',
    });
  });
});

describe('a Job with a session', () => {
  const started = aSubmittedJob({ state: 'STARTED', sql: SUBMITTING, transitionAt: after(7) });

  it('is not released by its end, for the session is to be closed', () => {
    for (const [job, event] of [
      [aJob({ sql: OPENED }), { type: 'observedFailed', failure: { reason: 'ScriptRefused', message: 'no' } }],
      [aSubmittedJob({ sql: SUBMITTING }), { type: 'observedFinished' }],
      [aSubmittedJob({ sql: SUBMITTING, state: 'TERMINATING', terminateMode: 'stopped' }), { type: 'confirmedGone' }],
      [aJob({ sql: OPENED, state: 'TERMINATING', terminateMode: 'cancel' }), { type: 'confirmedGone' }],
    ] as const) {
      const ended = transition(job, event, after(5));
      expect(ended)
        .to.deep.include({ sql: job.sql, terminatedAt: after(5) })
        .and.not.to.have.property('releasedAt');
      expect(dueOf(ended)).to.deep.equal({ command: { kind: 'terminate', id: job.id }, at: after(5) });
      expect(transition(ended, { type: 'released' }, after(6))).to.not.have.property('sql');
    }
  });
  it('keeps it through whatever else happens, until it is closed or given up', () => {
    for (const event of [
      { type: 'terminateWanted', mode: 'cancel' },
      { type: 'stopBegan', savepointId: 'x' },
      { type: 'sessionClosed', session: 'other' },
    ] as const)
      expect(transition(started, event, NOW).sql).to.deep.equal(SUBMITTING);
    expect(transition(started, { type: 'sessionClosed', session: 's' }, NOW)).to.not.have.property('sql');
    expect(transition(started, { type: 'abandoned' }, NOW)).to.not.have.property('sql');
  });
  it('is due to be closed when it runs, from then on', () => {
    expect(dueOf(started)).to.deep.equal({ command: { kind: 'start', id: started.id }, at: after(7) });
    expect(dueOf(aSubmittedJob({ state: 'STARTED' }))).to.equal(undefined);
  });
  it('is due at once while it starts, whatever became of its submission', () => {
    for (const submission of ['none', 'inDoubt', 'settled'] as const)
      expect(dueOf(aSubmittedJob({ submission, sql: SUBMITTING }))).to.deep.equal({
        command: { kind: 'start', id: started.id },
        at: started.createdAt,
      });
    expect(dueOf(aJob({ sql: OPENED, setAside: { at: after(3), reason: 'x' } }))?.at).to.deep.equal(after(3 + 600_000));
  });
});
