import { expect } from 'chai';
import { describe, it } from 'mocha';
import { DreyError, type ErrorCode } from '../../src/domain/errors.ts';
import type { Job, JobFailure } from '../../src/domain/job.ts';
import type { Cluster, FetchedArtifact } from '../../src/ports/targets.ts';
import { slots } from '../../src/targets/submission.ts';
import { done } from '../../workers/outcome.ts';
import type { WorkerParts } from '../../workers/parts.ts';
import { startHandler } from '../../workers/start.ts';
import { aJob, aSubmittedJob, deaf, LIMITS, NOW, silent } from '../support/factories.ts';

const SLOW = aJob({ id: '01900000-0000-7000-8000-00000000000a' });
const QUICK = aJob({ id: '01900000-0000-7000-8000-00000000000b' });
const SCRIPT = aJob({
  id: '01900000-0000-7000-8000-00000000000c',
  spec: { ...aJob().spec, artifact: { kind: 'SQLSCRIPT', sqlScript: 'INSERT INTO a SELECT 1' } },
});

describe('the worker that starts Jobs', () => {
  /** A cluster with one place for submissions; `calls` in their order. */
  const world = (fetched: (job: Job) => Promise<FetchedArtifact>, open: () => Promise<string> = () => Promise.resolve('session')) => {
    const calls: string[] = [];
    const call = <T>(name: string, answer: T) => Promise.resolve(void calls.push(name)).then(() => answer);
    const cluster = {
      submissionSlot: slots(1),
      view: () => call('view', { jobs: new Map(), fingerprint: 'jm' }),
      find: () => call('find', undefined),
      upload: () => call('upload', 'jar'),
      fingerprint: () => call('fingerprint', 'jm'),
      submit: ({ id }: Job) => call(`submit ${id.at(-1)}`, { kind: 'accepted' }),
    } as unknown as Cluster;
    const jobs = [SLOW, QUICK, SCRIPT];
    const parts = {
      store: {
        job: (id: string) => Promise.resolve({ job: jobs.find((job) => job.id === id), now: NOW }),
        earlierFlinkIds: () => Promise.resolve([]),
        noteWaiting: (_id: string, what: string) => call(what, undefined),
      },
      engine: {
        jobs: {
          beginSubmission: (job: Job) => Promise.resolve(job),
          recordAnswer: (job: Job) => Promise.resolve(job),
          refuse: (_job: Job, { reason, message }: JobFailure) => call(`${reason}: ${message}`, undefined),
        },
      },
      queue: { ensure: () => Promise.resolve() },
      targets: { cluster: () => cluster, fetchArtifact: fetched, sqlGateway: () => ({ open, recipes: ['explain'] }) },
      limits: LIMITS,
      listener: deaf,
      log: silent,
    } as unknown as WorkerParts;
    return { calls, cluster, run: (job: Job) => startHandler(parts).run({ kind: 'start', id: job.id }, 0) };
  };
  const jar = { path: '/x.jar', sha256: 'x' };

  it('holds no place of its cluster while a jar is fetched', async () => {
    let arrived: (fetched: FetchedArtifact) => void = () => undefined;
    const slow = new Promise<FetchedArtifact>((resolve) => (arrived = resolve));
    const { calls, run } = world((job) => (job.id === SLOW.id ? slow : Promise.resolve(jar)));
    const first = run(SLOW);
    expect(await run(QUICK)).to.deep.equal(done);
    arrived(jar);
    expect(await first).to.deep.equal(done);
    expect(calls.filter((name) => name.startsWith('submit'))).to.deep.equal(['submit b', 'submit a']);
    expect(calls.slice(0, 3)).to.deep.equal(['view', 'find', 'upload']);
  });
  it('fetches nothing while there is no place', async () => {
    let fetches = 0;
    const { calls, cluster, run } = world(() => Promise.resolve((fetches++, jar)));
    const release = cluster.submissionSlot()!;
    expect(await run(QUICK)).to.have.property('kind', 'snooze');
    expect([fetches, ...calls]).to.deep.equal([0, 'a free place among the submissions to its cluster']);
    release();
    expect(await run(QUICK)).to.deep.equal(done);
    expect(fetches).to.equal(1);
  });

  it('closes the session of a script whose submission the gateway cannot tell the end of, and says why', async () => {
    const calls: string[] = [];
    const call = <T>(name: string, answer?: T) => Promise.resolve(void calls.push(name)).then(() => answer);
    const { spec } = aJob();
    const closed = aSubmittedJob({
      spec: { ...spec, artifact: { kind: 'SQLSCRIPT', sqlScript: 'INSERT INTO t SELECT 1' } },
      submission: 'inDoubt',
    });
    const job: Job = { ...closed, sql: { session: 's', stage: { kind: 'submitting', operation: 'o' } } };
    const parts = {
      store: { job: () => Promise.resolve({ job, now: NOW }), noteWaiting: (_id: string, what: string) => call(what) },
      engine: { jobs: { recordAnswer: () => call('answer'), recordClosed: () => call('closed', closed) } },
      queue: { ensure: () => Promise.resolve() },
      targets: {
        cluster: () => ({
          submissionSlot: slots(1),
          view: () => Promise.resolve({ jobs: new Map() }),
          find: () => Promise.resolve(undefined),
        }),
        sqlGateway: () => ({
          submitted: () => Promise.resolve({ kind: 'inDoubt', message: 'Connection refused' }),
          close: (session: string) => call(`close ${session}`),
        }),
      },
      limits: LIMITS,
      listener: deaf,
      log: silent,
    } as unknown as WorkerParts;
    const outcome = await startHandler(parts).run({ kind: 'start', id: job.id }, 0);
    expect(outcome).to.include({ kind: 'snooze', ms: LIMITS.submissionWindowMs });
    const why = 'the answer to its submission; the SQL Gateway says: Connection refused';
    expect(calls).to.deep.equal(['answer', 'close s', 'closed', why]);
  });

  const refusals: readonly (readonly [Job, ErrorCode, told: string])[] = [
    [QUICK, 'artifactUnavailable', 'ArtifactUnavailable: no'],
    [QUICK, 'secretMissing', 'SecretMissing: no'],
    [SCRIPT, 'secretMissing', 'SecretMissing: no'],
    [SCRIPT, 'sessionRefused', 'ScriptRefused: no'],
    // What may pass is waited for.
    [QUICK, 'artifactUnreachable', 'no'],
    [SCRIPT, 'clusterUnreachable', 'no'],
    [SCRIPT, 'clusterAnsweredOddly', 'no'],
    [SCRIPT, 'secretLocked', 'no'],
  ];
  for (const [job, code, told] of refusals) {
    it(`${code} of a ${job.spec.artifact.kind}: ${told === 'no' ? 'it is tried again' : 'the Job is refused'}`, async () => {
      const fails = (): Promise<never> => Promise.reject(new DreyError(code, 'no'));
      const { calls, run } = world(fails, fails);
      expect(await run(job)).to.have.property('kind', told === 'no' ? 'snooze' : 'done');
      expect(calls).to.deep.equal([told]);
    });
  }
});
