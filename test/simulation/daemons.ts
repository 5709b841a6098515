import type { Command } from '../../src/domain/due.ts';
import { DreyError } from '../../src/domain/errors.ts';
import { createEngine } from '../../src/engine/engine.ts';
import type { CommandQueue } from '../../src/ports/queue.ts';
import type { SqlGateway } from '../../src/ports/sql.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Cluster } from '../../src/ports/targets.ts';
import { backoff } from '../../src/domain/backoff.ts';
import { sweepId } from '../../src/domain/regime.ts';
import type { Limits } from '../../src/domain/limits.ts';
import { handlersFor, type Handlers } from '../../workers/index.ts';
import { deaf, silent } from '../support/factories.ts';
import type { Storage } from './storage.ts';
import type { World } from './world.ts';

/** How BullMQ is configured: a command whose worker is gone or paused for this long is given to another. */
const LOCK_MS = 10_000;

interface Entry {
  readonly command: Command;
  at: number;
  /** Who runs it: a fresh token each time. */
  token: object | undefined;
  again: boolean;
  failures: number;
}

interface Daemon {
  readonly handlers: Handlers;
  alive: boolean;
  pausedUntil: number;
}

/** What daemons reach from where they run. */
export interface Reach {
  readonly store: Store;
  readonly cluster: Cluster;
  readonly gateway: SqlGateway;
  readonly storage: Storage;
}

export interface Daemons {
  readonly queue: CommandQueue;
  /** SIGKILL of one daemon; another takes its place. */
  kill(): void;
  /** SIGSTOP of one daemon, and SIGCONT after a while. */
  pause(ms: number): void;
  flush(): void;
  calm(): void;
}

/** Two daemons with the real engine and the real workers, on a queue with the semantics of the real one. */
export function simulatedDaemons(
  world: World,
  { store, cluster, gateway, storage }: Reach,
  limits: Limits,
  newId: () => string,
  mutated: (right: CommandQueue) => CommandQueue = (right) => right,
): Daemons {
  const entries = new Map<string, Entry>();
  let scheduled = true;
  let rough = true;
  let number = 0;

  const queue: CommandQueue = {
    wake(command, delayMs = 0) {
      if (rough && world.chance(0.02)) return Promise.reject(new DreyError('unavailable', 'Redis is away'));
      const key = `${command.kind}-${command.id}`;
      const entry = entries.get(key);
      if (entry?.token !== undefined) entry.again = true;
      else if (entry !== undefined) entry.at = world.now() + delayMs;
      else entries.set(key, { command, at: world.now() + delayMs, token: undefined, again: false, failures: 0 });
      poll(delayMs);
      return Promise.resolve();
    },
    ensure(command, delayMs = 0, slot = '') {
      const key = `${command.kind}-${command.id}${slot}`;
      if (!entries.has(key)) entries.set(key, { command, at: world.now() + delayMs, token: undefined, again: false, failures: 0 });
      poll(delayMs);
      return Promise.resolve();
    },
    ping: () => Promise.resolve(),
  };

  /** Every call of a daemon takes time, may fail before or after its effect, and never returns once the daemon is dead. */
  const through = <T extends object>(daemon: Daemon, port: T, mayFail: boolean): T =>
    new Proxy(port, {
      get(target, name, receiver) {
        const method: unknown = Reflect.get(target, name, receiver);
        if (typeof method !== 'function' || name === 'submissionSlot') return method;
        return async (...args: unknown[]) => {
          await breath(daemon);
          if (mayFail && rough && world.chance(0.005)) throw new DreyError('unavailable', 'the database is away');
          const result: unknown = await Reflect.apply(method, target, args);
          await breath(daemon);
          // Executed, and then timed out.
          if (mayFail && rough && world.chance(0.005)) throw new DreyError('unavailable', 'the database did not answer in time');
          return result;
        };
      },
    });
  const breath = async (daemon: Daemon): Promise<void> => {
    if (rough) await world.sleep(world.between(0, 5));
    while (daemon.alive && daemon.pausedUntil > world.now()) await world.sleep(daemon.pausedUntil - world.now());
    if (!daemon.alive) await new Promise(() => undefined);
  };

  const boot = (): Daemon => {
    const daemon: Daemon = { handlers: undefined as unknown as Handlers, alive: true, pausedUntil: 0 };
    const parts = {
      store: through(daemon, store, true),
      queue: through(daemon, mutated(queue), false),
      limits,
      listener: deaf,
      log: silent,
      metricsIntervalMs: 60_000,
      terminateReportAfterMs: 120_000,
      monotonicMs: () => world.now(),
    };
    const engine = createEngine({ ...parts, newId });
    const [reached, reachedGateway] = [through(daemon, cluster, false), through(daemon, gateway, false)];
    const targets = {
      cluster: () => reached,
      sqlGateway: () => reachedGateway,
      fetchArtifact: () => Promise.resolve({ path: '/jar', sha256: 'sha' }),
      archived: () => Promise.resolve(undefined),
      storedState: (directory: string) => Promise.resolve(storage.look(directory)),
    };
    return Object.assign(daemon, { handlers: handlersFor({ ...parts, engine, targets }) });
  };
  let daemons = [boot(), boot()];

  const awake = (): Daemon[] => daemons.filter((daemon) => daemon.pausedUntil <= world.now());
  const poll = (inMs: number): void => world.after(inMs, takeDue);
  const takeDue = (): void => {
    if (awake().length === 0) return;
    for (const [key, entry] of entries) {
      if (entry.token === undefined && entry.at <= world.now()) void run(key, entry);
    }
  };

  const run = async (key: string, entry: Entry): Promise<void> => {
    const daemon = world.pick(awake());
    const handler = daemon.handlers[entry.command.kind];
    const token = {};
    entry.token = token;
    entry.again = false;
    renewLock(key, entry, daemon, token);
    const isOurs = (): boolean => entry.token === token && entries.get(key) === entry;
    const wasWoken = (): boolean => entry.again;
    const giveBack = (ms: number): void => {
      entry.token = undefined;
      entry.at = world.now() + ms;
      poll(ms);
    };
    try {
      const before = await handler.version?.(entry.command.id);
      const outcome = await handler.run(entry.command, 0);
      if (!isOurs()) return;
      entry.failures = 0;
      if (outcome.kind === 'snooze') {
        giveBack(outcome.ms);
        if ((await handler.version?.(entry.command.id)) !== (outcome.version ?? before)) await queue.wake(entry.command);
      } else if (wasWoken()) giveBack(0);
      else entries.delete(key);
    } catch (error) {
      if (!(error instanceof DreyError)) throw error;
      if (isOurs()) giveBack(backoff(++entry.failures, 500, 30_000));
    }
  };

  /** A worker that lives renews its lock; one that is dead or paused loses it, and the command goes to another. */
  const renewLock = (key: string, entry: Entry, daemon: Daemon, token: object): void =>
    world.after(LOCK_MS, () => {
      if (entry.token !== token || entries.get(key) !== entry) return;
      if (daemon.alive && daemon.pausedUntil <= world.now()) {
        renewLock(key, entry, daemon, token);
        return;
      }
      entry.token = undefined;
      entry.at = world.now();
      takeDue();
    });

  world.every(5000, () => {
    if (scheduled) void queue.ensure({ kind: 'sweep', id: sweepId(0, 1) }, 0, `tick ${number++}`);
  });
  world.every(20_000, () => {
    if (scheduled) void queue.ensure({ kind: 'cleanup', id: 'jobs' });
  });
  world.every(10_000, () => {
    if (scheduled) void queue.ensure({ kind: 'repair', id: 'all' });
    scheduled = true;
  });

  return {
    queue: mutated(queue),
    kill() {
      world.note('a daemon is killed');
      const victim = world.pick(daemons);
      victim.alive = false;
      daemons = daemons.map((daemon) => (daemon === victim ? boot() : daemon));
    },
    pause(ms) {
      world.note(`a daemon is paused for ${ms} ms`);
      world.pick(daemons).pausedUntil = world.now() + ms;
      poll(ms);
    },
    flush() {
      world.note('Redis is emptied');
      entries.clear();
      scheduled = false;
    },
    calm() {
      rough = false;
    },
  };
}
