import { expect } from 'chai';
import { describe, it } from 'mocha';
import { flinkJobId, type Job } from '../../src/domain/job.ts';
import type { StoredState } from '../../src/domain/savepoint-sight.ts';
import type { Cluster, TargetDriver } from '../../src/ports/targets.ts';
import { leftBehindWith } from '../../workers/release.ts';
import { aSubmittedJob, NOW } from '../support/factories.ts';

const RETAIN = { 'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION' };
const ended: Job = aSubmittedJob({ state: 'FAILED', startedAt: NOW, flinkStartedAtMs: 1, terminatedAt: NOW });
const id = flinkJobId(ended);
const FOUND: StoredState = { kind: 'found', location: `file:/cp/${id}/chk-9` };
const UNKNOWN: StoredState = { kind: 'unknown', why: 'not mounted' };

interface Around {
  readonly paths: { readonly checkpoint?: string } | undefined;
  readonly stored: StoredState;
  readonly directory?: string;
}

async function leftBehind(job: Job, { paths, stored, directory = 'file:/cp' }: Around) {
  const looked: string[] = [];
  const cluster = {
    statePaths: () => Promise.resolve(paths),
    checkpointDirectory: () => Promise.resolve(directory === '' ? undefined : directory),
  } as unknown as Cluster;
  const targets = {
    cluster: () => cluster,
    storedState: (at: string) => {
      looked.push(at);
      return Promise.resolve(stored);
    },
  } as unknown as TargetDriver;
  const left = await leftBehindWith({ targets })(job);
  return { left, looked };
}

describe('what an ended Job left behind', () => {
  const known = { paths: { checkpoint: `file:/cp/${id}/chk-8` } };
  it('is what its directory holds, where Flink knows of a checkpoint', async () => {
    expect(await leftBehind(ended, { ...known, stored: FOUND })).to.deep.equal({ left: FOUND, looked: [`file:/cp/${id}`] });
    expect((await leftBehind(ended, { ...known, stored: { kind: 'none' } })).left).to.deep.equal({ kind: 'none' });
  });
  it('is the path that Flink names, where nobody can look and the configuration keeps it', async () => {
    const kept = { ...ended, spec: { ...ended.spec, flinkConfiguration: RETAIN } };
    expect((await leftBehind(kept, { ...known, stored: UNKNOWN })).left).to.deep.equal({ kind: 'found', location: `file:/cp/${id}/chk-8` });
    expect((await leftBehind(ended, { ...known, stored: UNKNOWN })).left).to.deep.equal({ kind: 'none' });
  });
  it('is nothing, where Flink knows the job and of no checkpoint, and none is found', async () => {
    for (const stored of [UNKNOWN, { kind: 'none' } as const])
      expect((await leftBehind(ended, { paths: {}, stored })).left).to.deep.equal({ kind: 'none' });
  });
  it('is what its directory holds, also where the JobManager that knows the job took it over before anybody saw it', async () => {
    expect((await leftBehind(ended, { paths: {}, stored: FOUND })).left).to.deep.equal(FOUND);
  });
  it('is nothing where the job came to its end, also by a stop', async () => {
    const ends: readonly Partial<Job>[] = [
      { flinkWord: 'FINISHED' },
      { state: 'FINISHED' },
      { state: 'TERMINATED', terminateMode: 'stopped' },
    ];
    for (const end of ends)
      expect((await leftBehind({ ...ended, ...end }, { ...known, stored: UNKNOWN })).left).to.deep.equal({ kind: 'none' });
  });
  it('is looked for, where another JobManager had the job before', async () => {
    expect((await leftBehind({ ...ended, restartBase: 1 }, { paths: {}, stored: FOUND })).left).to.deep.equal(FOUND);
    expect((await leftBehind({ ...ended, checkpointAt: NOW }, { paths: {}, stored: FOUND })).left).to.deep.equal(FOUND);
    expect((await leftBehind({ ...ended, restartBase: 1 }, { paths: {}, stored: UNKNOWN })).left.kind).to.equal('unknown');
  });
  it('is unknown where Flink was told to keep it and it is not there', async () => {
    const kept = { ...ended, spec: { ...ended.spec, flinkConfiguration: RETAIN } };
    expect((await leftBehind(kept, { ...known, stored: { kind: 'none' } })).left.kind).to.equal('unknown');
    const seen = { ...kept, checkpoints: { completed: 5, failed: 0, lastPath: `file:/cp/${id}/chk-5` } };
    expect((await leftBehind(seen, { paths: undefined, stored: { kind: 'none' } })).left.kind).to.equal('unknown');
  });
  it('is looked for where its last checkpoint was seen, when its JobManager is gone', async () => {
    const seen = { ...ended, checkpoints: { completed: 3, failed: 0, lastPath: `s3://elsewhere/x/${id}/chk-3` } };
    expect((await leftBehind(seen, { paths: undefined, stored: FOUND })).looked).to.deep.equal([`s3://elsewhere/x/${id}`]);
    expect((await leftBehind(ended, { paths: undefined, stored: FOUND })).looked).to.deep.equal([`file:/cp/${id}`]);
  });
  it('is unknown where nobody can look, and says where to', async () => {
    const { left } = await leftBehind(ended, { paths: undefined, stored: UNKNOWN });
    expect(left.kind === 'unknown' && left.why).to.match(new RegExp(`not mounted.*look under file:/cp/${id}`));
  });
  it('is unknown where it was cancelled before anybody saw it, and its JobManager is another', async () => {
    const { startedAt, flinkStartedAtMs, ...never } = ended;
    const cancelled: Job = { ...never, state: 'TERMINATED', terminateMode: 'cancel', submission: 'inDoubt' };
    const missing = (fingerprint: string): Job => ({ ...cancelled, missing: { fingerprint, since: NOW } });
    expect((await leftBehind(missing('jm-2'), { paths: undefined, stored: UNKNOWN })).left.kind).to.equal('unknown');
    expect((await leftBehind(missing('jm-1'), { paths: undefined, stored: UNKNOWN })).left.kind).to.equal('none');
  });
  it('is nothing, where it never ran, or its cluster keeps checkpoints in memory', async () => {
    const { startedAt, flinkStartedAtMs, ...never } = ended;
    expect((await leftBehind(never, { paths: undefined, stored: UNKNOWN })).left).to.deep.equal({ kind: 'none' });
    expect((await leftBehind(ended, { paths: undefined, stored: UNKNOWN, directory: '' })).left).to.deep.equal({ kind: 'none' });
  });
});
