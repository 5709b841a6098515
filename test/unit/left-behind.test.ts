import { expect } from 'chai';
import { describe, it } from 'mocha';
import { flinkJobId, type Job } from '../../src/domain/job.ts';
import type { StoredState } from '../../src/domain/savepoint-sight.ts';
import type { Cluster, StatePaths } from '../../src/ports/targets.ts';
import { leftBehindWith } from '../../workers/release.ts';
import type { WorkerParts } from '../../workers/parts.ts';
import { aSubmittedJob, NOW } from '../support/factories.ts';

const RETAIN = { 'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION' };
const ended = (given: Partial<Job> = {}): Job => {
  const job = aSubmittedJob({ state: 'FAILED', startedAt: NOW, terminatedAt: NOW });
  return { ...job, spec: { ...job.spec, flinkConfiguration: RETAIN }, ...given };
};
const path = `file:/checkpoints/${flinkJobId(ended())}/chk-5`;
const ABROAD: StoredState = { kind: 'unknown', why: 'not mounted' };
const NONE: StoredState = { kind: 'none' };

/** What is found of a Job, where Flink says so of it, and its directory looks so. */
async function left(job: Job, known: StatePaths | undefined, stored: StoredState): Promise<StoredState> {
  const cluster: Pick<Cluster, 'statePaths' | 'checkpointDirectory'> = {
    statePaths: () => Promise.resolve(known),
    checkpointDirectory: () => Promise.resolve('file:/checkpoints'),
  };
  const targets = { cluster: () => cluster, storedState: () => Promise.resolve(stored) };
  return leftBehindWith({ targets } as unknown as WorkerParts)(job);
}

describe('What an ended Job left behind', () => {
  it('is the checkpoint that Flink names, where it cannot be looked for from here', async () => {
    expect(await left(ended(), { checkpoint: path }, ABROAD)).to.deep.equal({ kind: 'found', location: path });
  });
  it('is nothing where the job came to its end, also by a stop', async () => {
    expect(await left(ended({ flinkWord: 'FINISHED' }), { checkpoint: path }, ABROAD)).to.deep.equal(NONE);
  });
  it('is unknown where Flink was told to keep a checkpoint that is not found from here', async () => {
    const checkpoints = { completed: 5, failed: 0, lastPath: path };
    expect(await left(ended(), { checkpoint: path }, NONE)).to.include({ kind: 'unknown' });
    expect(await left(ended({ checkpoints }), undefined, NONE)).to.include({ kind: 'unknown' });
    const deletes = { ...ended({ checkpoints }).spec, flinkConfiguration: {} };
    expect(await left(ended({ checkpoints, spec: deletes }), undefined, NONE)).to.deep.equal(NONE);
  });
  it('is nothing where no checkpoint was ever seen', async () => {
    expect(await left(ended(), {}, NONE)).to.deep.equal(NONE);
    expect(await left(ended(), undefined, NONE)).to.deep.equal(NONE);
  });
});
