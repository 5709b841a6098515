import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { v7 as uuid } from 'uuid';
import { flinkJobId, isAlive } from '../../../src/domain/job.ts';
import { countsOf } from '../counts.ts';
import { aJob } from '../factories.ts';
import { failureOf, until } from '../session-world.ts';
import { newTriggerId, type ContractWorld } from './world.ts';

const CHECKPOINTS = { 'execution.checkpointing.interval': '200ms' };
const RETENTION = 'execution.checkpointing.externalized-checkpoint-retention';

/** Savepoints, stops with one, checkpoints, and what is left of them. */
export function savepointsContract(world: ContractWorld): void {
  /** A directory that nobody used, below the one of all savepoints. */
  const newDirectory = async (): Promise<string> => `${await world.cluster.savepointDirectory()}/${uuid()}`;
  const base = (): string => `file:${world.subject.stateFolder}/savepoints`;
  const stored = (directory: string) => world.driver.storedState(directory, base(), aJob());
  afterEach(() => cancelAll(world));

  describe('a savepoint', () => {
    it('is in progress, then whole at its location; its id is its own for good', async () => {
      const [id, triggerId, directory] = [
        await world.ready({ mainArgs: '--slow-snapshot-seconds 1' }),
        newTriggerId(),
        await newDirectory(),
      ];
      await world.cluster.savepoint(id, { triggerId, directory, stop: false });
      expect(await world.cluster.savepointOperation(id, triggerId)).to.deep.equal({ kind: 'inProgress' });
      expect(await stored(directory)).to.deep.equal({ kind: 'none' });
      const operation = await world.savepointed(id, directory, { triggerId });
      expect(operation).to.include({ kind: 'completed', jobFailed: false });
      const location = operation.kind === 'completed' ? operation.location : '';
      expect(location).to.match(/^file:\/[^/].*\/savepoint-[0-9a-f]{6}-[0-9a-f]{12}$/);
      expect(await stored(directory)).to.deep.equal({ kind: 'found', location });
      await until(async () => (await world.cluster.statePaths(id))?.savepoint === location);
      // A stop with its id is taken for the savepoint again, and stops nothing.
      expect(await world.savepointed(id, await newDirectory(), { triggerId, stop: true })).to.deep.equal(operation);
      expect(await world.wordOf(id)).to.equal('RUNNING');
    });
    it('of a job that waits for slots fails at once', async () => {
      const id = await world.started({ parallelism: 9 });
      await until(async () => (await world.cluster.view()).jobs.get(id)?.progress === '9 of 9 tasks wait for a slot');
      const operation = await world.savepointed(id, await newDirectory());
      expect(operation).to.have.property('message').that.contains('Not all required tasks are currently running.');
      expect(await world.wordOf(id)).to.equal('RUNNING');
    });
    it('where none can be written fails with the cause, and the job runs on', async () => {
      const id = await world.ready();
      expect((await world.savepointed(id, 'file:/dev/null/x')).kind).to.equal('failed');
      const message =
        'org.apache.flink.core.fs.UnsupportedFileSystemSchemeException: Could not find a file system implementation for scheme';
      expect(await world.savepointed(id, 'nope://x/y'))
        .to.have.property('message')
        .that.contains(`${message} 'nope'`);
      expect(await world.wordOf(id)).to.equal('RUNNING');
    });
    it('that throws fails with the cause in the words of the user', async () => {
      const id = await world.ready({ mainArgs: '--fail-snapshot' });
      const message = 'java.lang.IllegalStateException: told to fail in snapshots';
      expect(await world.savepointed(id, await newDirectory())).to.include({ kind: 'failed', message });
    });
    it('of an unknown or an ended job fails, though it is accepted; an id never used is unknown', async () => {
      const ended = await world.started({ mainArgs: '--max-records 5' });
      await until(async () => (await world.wordOf(ended)) === 'FINISHED');
      for (const id of [flinkJobId({ id: uuid() }), ended]) {
        await until(async () => {
          const operation = await world.savepointed(id, await newDirectory());
          return operation.kind === 'failed' && operation.message.includes('FlinkJobNotFoundException');
        });
        expect(await world.cluster.savepointOperation(id, newTriggerId())).to.deep.equal({ kind: 'unknown' });
      }
      expect(await world.cluster.statePaths(flinkJobId({ id: uuid() }))).to.equal(undefined);
      expect(await world.cluster.statePaths(ended)).to.deep.equal({});
    });
    it('with a malformed id is refused (400)', async () => {
      for (const path of ['savepoints', 'stop'])
        expect((await world.raw('POST', `/jobs/${flinkJobId({ id: uuid() })}/${path}`, { triggerId: 'x' })).status, path).to.equal(400);
    });
    it('is deleted through Flink; one that is gone already is fine, one that it cannot reach is not', async () => {
      const [id, directory] = [await world.ready(), await newDirectory()];
      const operation = await world.savepointed(id, directory);
      const location = operation.kind === 'completed' ? operation.location : '';
      await world.cluster.disposeSavepoint(location);
      expect(await stored(directory)).to.deep.equal({ kind: 'none' });
      await world.cluster.disposeSavepoint(location);
      expect(await failureOf(world.cluster.disposeSavepoint('nope://x/y'))).to.match(
        /^conflict: .*Could not find a file system implementation/,
      );
    });
  });

  describe('a stop with savepoint', () => {
    it('ends the job FINISHED', async () => {
      const [id, directory] = [await world.ready({ flinkConfiguration: CHECKPOINTS }), await newDirectory()];
      const operation = await world.savepointed(id, directory, { stop: true });
      expect(operation).to.include({ kind: 'completed', jobFailed: false });
      await until(async () => (await world.wordOf(id)) === 'FINISHED');
      // Of a job that FINISHED no checkpoint is retained.
      await until(async () => Object.keys((await world.cluster.statePaths(id)) ?? {}).join() === 'savepoint');
      expect(await stored(directory)).to.deep.equal({ kind: 'found', location: (await world.cluster.statePaths(id))?.savepoint });
    });
    it('after which the job fails leaves a whole savepoint and a FAILED job', async () => {
      const [id, directory] = [await world.ready({ mainArgs: '--fail-completed-snapshot' }), await newDirectory()];
      const operation = await world.savepointed(id, directory, { stop: true });
      expect(operation).to.include({ kind: 'completed', jobFailed: true });
      expect(await stored(directory)).to.deep.equal({ kind: 'found', location: operation.kind === 'completed' ? operation.location : '' });
      await until(async () => (await world.wordOf(id)) === 'FAILED');
    });
    it('that is overtaken by a cancel fails, and the job is CANCELED or FAILED', async () => {
      const [id, triggerId, directory] = [
        await world.ready({ mainArgs: '--slow-snapshot-seconds 2' }),
        newTriggerId(),
        await newDirectory(),
      ];
      await world.cluster.savepoint(id, { triggerId, directory, stop: true });
      await world.cluster.cancel(id);
      expect(await world.savepointed(id, directory, { triggerId })).to.include({ kind: 'failed' });
      // Either, by chance, on both Flinks.
      await until(async () => ['CANCELED', 'FAILED'].includes((await world.wordOf(id)) ?? ''));
    });
  });

  describe('checkpoints', () => {
    for (const [retention, isKept] of [
      ['RETAIN_ON_CANCELLATION', true],
      ['DELETE_ON_CANCELLATION', false],
    ] as const) {
      it(`are ${isKept ? 'there, and known,' : 'gone'} after a cancel with ${retention} in the job's own configuration`, async () => {
        const id = await world.ready({ flinkConfiguration: { ...CHECKPOINTS, [RETENTION]: retention } });
        await until(async () => (await world.cluster.statePaths(id))?.checkpoint !== undefined);
        await world.cluster.cancel(id);
        await until(async () => (await world.wordOf(id)) === 'CANCELED');
        const folder = (await world.cluster.checkpointDirectory()) ?? '';
        const look = () => world.driver.storedState(`${folder}/${id}`, folder, aJob());
        const known = async (): Promise<string | undefined> => (await world.cluster.statePaths(id))?.checkpoint;
        // Both lag behind the state a little.
        if (isKept) {
          await until(async () => {
            const [found, path] = [await look(), await known()];
            return found.kind === 'found' && found.location === path;
          });
        } else {
          await until(async () => (await look()).kind === 'none' && (await known()) === undefined);
        }
      });
    }
    it('and savepoints have the directories of the configuration', async () => {
      expect(await world.cluster.savepointDirectory()).to.equal(`file://${world.subject.stateFolder}/savepoints`);
      expect(await world.cluster.checkpointDirectory()).to.equal(`file://${world.subject.stateFolder}/checkpoints`);
    });
  });

  describe('a job with a savepoint location', () => {
    it('is restored from it, and leaves it in place', async () => {
      const first = await world.ready();
      const directory = await newDirectory();
      const operation = await world.savepointed(first, directory, { stop: true });
      const savepointLocation = operation.kind === 'completed' ? operation.location : '';
      const second = await world.ready({ savepointLocation });
      const { value } = await world.raw('GET', `/jobs/${second}/checkpoints`);
      expect(value).to.have.nested.property('latest.restored.external_path', savepointLocation);
      await world.cluster.cancel(second);
      expect(await stored(directory)).to.deep.equal({ kind: 'found', location: savepointLocation });
    });
    it('that is not there is FAILED', async () => {
      const id = await world.started({ savepointLocation: `${base()}/nope` });
      await until(async () => (await world.wordOf(id)) === 'FAILED');
      expect(await world.rootCause(id)).to.include('Cannot find checkpoint or savepoint');
    });
  });
}

/** What only a Flink that runs programs shows. */
export function restoredContract(world: ContractWorld): void {
  const counts = (id: string) => countsOf(world.subject.url, id);
  afterEach(() => cancelAll(world));

  describe('the counting job', () => {
    it('counts on from its savepoint, with another parallelism', async () => {
      const first = await world.ready({ mainArgs: '--rate 100' });
      await until(async () => ((await counts(first))?.count ?? 0) > 50);
      const directory = `${await world.cluster.savepointDirectory()}/${uuid()}`;
      const operation = await world.savepointed(first, directory, { stop: true });
      const savepointLocation = operation.kind === 'completed' ? operation.location : '';
      await until(async () => (await world.wordOf(first)) === 'FINISHED');
      const second = await world.ready({ savepointLocation, parallelism: 2, mainArgs: '--rate 100' });
      // Where the first stopped is known a little later: Flink answers from a cache.
      await until(async () => (await counts(first))?.count === (await counts(second))?.restored);
      const restored = (await counts(second))?.restored ?? 0;
      expect(restored).to.be.above(50);
      await until(async () => ((await counts(second))?.count ?? 0) > restored);
    });
    it('with a poisoned record fails at it again, after it is restored from its last checkpoint', async () => {
      const mainArgs = '--rate 20 --fail-after-records 40';
      const first = await world.started({ mainArgs, flinkConfiguration: { ...CHECKPOINTS, 'restart-strategy.type': 'none' } });
      await until(async () => (await world.wordOf(first)) === 'FAILED');
      const savepointLocation = (await world.cluster.statePaths(first))?.checkpoint;
      if (savepointLocation === undefined) throw new Error('there is no checkpoint');
      const second = await world.started({ mainArgs, savepointLocation, flinkConfiguration: { 'restart-strategy.type': 'none' } });
      await until(async () => (await world.wordOf(second)) === 'FAILED');
      expect(await world.rootCause(second)).to.contain('told to fail at record 40');
      expect((await counts(second))?.restored).to.be.within(1, 39);
    });
  });
}

/** For the slots. */
async function cancelAll(world: ContractWorld): Promise<void> {
  const alive = async () => [...(await world.cluster.view()).jobs.values()].filter(({ word }) => word !== undefined && isAlive(word));
  for (const { id } of await alive()) await world.cluster.cancel(id);
  await until(async () => (await alive()).length === 0);
}
