import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Command } from '../../src/domain/due.ts';
import { DreyError } from '../../src/domain/errors.ts';
import type { CommandQueue } from '../../src/ports/queue.ts';
import { closeQueues, commandQueue, openQueues, type Queues } from '../../src/queue/command-queue.ts';
import { producerConnection, workerConnection } from '../../src/queue/connections.ts';
import { schedulesOf } from '../../src/domain/regime.ts';
import { applySchedules } from '../../src/queue/schedules.ts';
import { done, snooze, type Outcome } from '../../workers/outcome.ts';
import { runWorkers } from '../../workers/run.ts';
import { aRegime, deaf, silent } from '../support/factories.ts';
import { eventually } from '../support/client.ts';
import { privateRedis } from '../support/servers.ts';

const START: Command = { kind: 'start', id: 'job-1' };

/** A handler that the test drives: each run waits until the test answers it, or is over. */
function drivenHandler() {
  const runs: { command: Command; answer: (outcome: Outcome | Error) => void }[] = [];
  const arrivals: ((count: number) => void)[] = [];
  const aside: { id: string; reason: string }[] = [];
  let version = 1;
  let isOver = false;
  return {
    runs,
    aside,
    /** Answers what still runs, and what arrives from now on: a wake that was given up may reach Redis all the same. */
    end: () => {
      isOver = true;
      for (const run of runs) run.answer(done);
    },
    move: () => {
      version++;
    },
    handler: {
      version: () => Promise.resolve(version),
      setAside: (id: string, reason: string) => Promise.resolve(void aside.push({ id, reason })),
      run: (command: Command) =>
        new Promise<Outcome>((resolve, reject) => {
          if (isOver) resolve(done);
          runs.push({ command, answer: (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)) });
          for (const arrived of arrivals) arrived(runs.length);
        }),
    },
    /** Resolves once there were this many runs. */
    reached: (count: number): Promise<void> =>
      new Promise((resolve) => {
        const look = (seen: number): void => {
          if (seen >= count) resolve();
        };
        arrivals.push(look);
        look(runs.length);
      }),
  };
}

describe('queue on Redis', () => {
  let redis: Awaited<ReturnType<typeof privateRedis>>;
  let producer: Redis;
  let consumer: Redis;
  let queues: Queues;
  let queue: CommandQueue;
  let workers: ReturnType<typeof runWorkers>;
  let driven: ReturnType<typeof drivenHandler>;

  const begin = (): void => {
    driven = drivenHandler();
    const { handler } = driven;
    const handlers = {
      deployment: handler,
      start: handler,
      savepoint: handler,
      terminate: handler,
      probe: handler,
      sweep: handler,
      cleanup: handler,
      repair: handler,
    };
    workers = runWorkers(handlers, {
      connection: consumer,
      prefix: 'test',
      lockMs: 2000,
      stalledCheckMs: 1000,
      concurrency: 5,
      queue,
      listener: deaf,
      log: silent,
    });
  };
  before(async () => {
    redis = await privateRedis();
    const settings = { host: '', port: 0, socketPath: redis.socketPath };
    producer = await producerConnection(settings);
    consumer = workerConnection(settings);
    consumer.on('error', () => undefined);
    queues = openQueues(producer, 'test', silent);
    queue = commandQueue(queues, producer);
  });
  afterEach(async () => {
    driven.end();
    expect(await workers.stop(5000)).to.equal(true);
    await producer.flushall();
  });
  after(async () => {
    await closeQueues(queues);
    producer.disconnect();
    consumer.disconnect();
    await redis.stop();
  });
  const counts = () => queues.start.getJobCounts('active', 'waiting', 'delayed', 'prioritized');
  const atRest = () =>
    eventually(counts, ({ active, waiting, delayed, prioritized }) =>
      [active, waiting, delayed, prioritized].every((count) => count === 0),
    );

  const failFiveTimes = async (error: Error): Promise<void> => {
    await queue.wake(START);
    for (let tries = 1; tries <= 5; tries++) {
      await driven.reached(tries);
      driven.runs.at(-1)?.answer(error);
    }
  };

  it('runs a command that was woken, once, and leaves nothing behind', async () => {
    begin();
    await queue.wake(START);
    await driven.reached(1);
    expect(driven.runs[0]?.command).to.deep.equal(START);
    driven.runs[0]?.answer(done);
    await atRest();
    expect(driven.runs).to.have.length(1);
  });
  it('makes a wake during a run one more run, however many there were', async () => {
    begin();
    await queue.wake(START);
    await driven.reached(1);
    for (let i = 0; i < 5; i++) await queue.wake(START);
    driven.runs[0]?.answer(done);
    await driven.reached(2);
    driven.runs[1]?.answer(done);
    await atRest();
    expect(driven.runs).to.have.length(2);
  });
  it('ends a snooze by a wake', async () => {
    begin();
    await queue.wake(START);
    await driven.reached(1);
    driven.runs[0]?.answer(snooze(3_600_000));
    await eventually(counts, ({ delayed }) => delayed === 1);
    await queue.wake(START);
    await driven.reached(2);
  });
  it('ends a snooze by what happened to the row during the run', async () => {
    begin();
    await queue.wake(START);
    await driven.reached(1);
    driven.move();
    driven.runs[0]?.answer(snooze(3_600_000));
    await driven.reached(2);
  });
  it('keeps a snooze when the row was moved by the worker itself', async () => {
    begin();
    await queue.wake(START);
    await driven.reached(1);
    driven.move();
    driven.runs[0]?.answer(snooze(3_600_000, 2));
    await eventually(counts, ({ delayed, active }) => delayed === 1 && active === 0);
    expect(driven.runs).to.have.length(1);
  });
  it('drops an ensure where the command waits, runs or snoozes', async () => {
    begin();
    await queue.ensure(START);
    await driven.reached(1);
    await queue.ensure(START);
    driven.runs[0]?.answer(snooze(3_600_000));
    await eventually(counts, ({ delayed }) => delayed === 1);
    await queue.ensure(START);
    const { active, waiting, delayed } = await counts();
    expect({ active, waiting, delayed }).to.deep.equal({ active: 0, waiting: 0, delayed: 1 });
    expect(driven.runs).to.have.length(1);
  });
  it('lets looks of different delays wait side by side', async () => {
    begin();
    for (const slot of ['200', '500', '200']) await queue.ensure(START, 3_600_000, slot);
    expect(await counts()).to.include({ delayed: 2 });
  });
  it('tries a command that threw again', async () => {
    begin();
    await queue.wake(START);
    await driven.reached(1);
    driven.runs[0]?.answer(new Error('no'));
    await driven.reached(2);
    expect(driven.runs[1]?.command).to.deep.equal(START);
  });
  it('sets a command aside that always fails, with the reason, while others go on', async () => {
    begin();
    await failFiveTimes(new TypeError('spec is not iterable'));
    await atRest();
    expect(driven.aside).to.deep.equal([{ id: START.id, reason: 'spec is not iterable' }]);
    await queue.wake({ kind: 'start', id: 'job-2' });
    await driven.reached(6);
    expect(driven.runs[5]?.command.id).to.equal('job-2');
  });
  it('never sets a command aside for a database or a cluster that is away', async () => {
    begin();
    await failFiveTimes(new DreyError('unavailable', 'the database is away'));
    await driven.reached(6);
    expect(driven.aside).to.deep.equal([]);
  });
  it('sets a command aside that its workers did not survive, without running it once more', async () => {
    begin();
    await queue.ensure(START, 3_600_000);
    const [waiting] = await queues.start.getDelayed();
    // What BullMQ counts each time that a worker died or froze with it.
    await producer.hset(`test:start:${waiting!.id}`, 'stc', 6);
    await waiting!.promote();
    await atRest();
    expect(driven.runs).to.deep.equal([]);
    expect(driven.aside).to.deep.equal([{ id: START.id, reason: 'its worker did not come to an end 6 times' }]);
  });
  it('stops in time although a command still runs, and says so', async () => {
    begin();
    await queue.wake(START);
    await driven.reached(1);
    expect(await workers.stop(100)).to.equal(false);
  });
  it('schedules each shard and the repair once, drops what an earlier configuration had, and comes back after FLUSHALL', async () => {
    begin();
    const schedules = schedulesOf(aRegime({ shards: 3 }));
    const names = async () =>
      (await Promise.all([queues.sweep.getJobSchedulers(), queues.repair.getJobSchedulers(), queues.cleanup.getJobSchedulers()]))
        .flat()
        .map(({ key }) => key)
        .sort();
    await applySchedules(queues, schedulesOf(aRegime({ shards: 5, jobsCleanupMs: 1000, eventsCleanupMs: 1000 })));
    expect(await names()).to.include.members(['cleanup-events', 'cleanup-jobs', 'sweep-4/5']);
    await applySchedules(queues, schedules);
    expect(await names()).to.deep.equal(['repair-all', 'sweep-0/3', 'sweep-1/3', 'sweep-2/3']);
    await producer.flushall();
    await applySchedules(queues, schedules);
    expect(await names()).to.deep.equal(['repair-all', 'sweep-0/3', 'sweep-1/3', 'sweep-2/3']);
  });
  it('says within seconds that Redis is silent', async () => {
    begin();
    redis.pause();
    try {
      const began = performance.now();
      const outcome = await queue.wake(START).then(
        () => 'woken',
        () => 'rejected',
      );
      expect(outcome).to.equal('rejected');
      expect(performance.now() - began).to.be.below(10_000);
    } finally {
      redis.resume();
    }
  });
});
