import { describeExit, type PrivateProcess } from './process.ts';
import { createReleasers } from './releasers.ts';
import type { Screen } from './screen.ts';

/** How a server is started, and the processes it then consists of. */
interface Tenant<Started> {
  /** Ends its own processes when it fails. */
  start(): Promise<Started>;
  /** In the order of their start. */
  processes(started: Started): readonly PrivateProcess[];
}

/** The servers of one `drey up`. */
export interface Tenants {
  /** Aborted when `up` is told to stop, and when a server could not be started, with that as the reason. */
  readonly signal: AbortSignal;
  /** Starts a server, and stops it when all are stopped: those added later are stopped before it. */
  add<Started>(title: string, tenant: Tenant<Started>): Promise<Started>;
  /** Registers something else that is to be undone, in its turn. */
  onStop(name: string, undo: () => void): void;
  /** Stops all, one after the other; also those that are still being started. May be called twice. */
  stopAll(): Promise<void>;
  /** SIGKILL to all that run. */
  killAll(): void;
}

/** The daemon finishes the commands it has begun; MariaDB writes what it holds in memory. */
const stopDeadlineMs = 30_000;

export function createTenants(screen: Screen, told: AbortSignal): Tenants {
  const releasers = createReleasers();
  const failed = new AbortController();
  const signal = AbortSignal.any([told, failed.signal]);
  const running = new Set<PrivateProcess>();

  const attend = (tenant: PrivateProcess) => {
    running.add(tenant);
    void tenant.exited.then((exit) => {
      running.delete(tenant);
      if (signal.aborted) return;
      screen.say(`${tenant.name} has ended ${describeExit(exit)}. It is not started again: stop with Ctrl-C. Its log: ${tenant.logFile}`);
    });
  };
  const start = async <Started>(tenant: Tenant<Started>) => {
    const started = await tenant.start();
    tenant.processes(started).forEach(attend);
    return started;
  };

  return {
    signal,
    add(title, tenant) {
      const started = screen.follow(`Starting ${title}`, start(tenant));
      started.catch((error: unknown) => failed.abort(error));
      releasers.push(title, async () => {
        const result = await started.catch(() => undefined);
        const alive = (result === undefined ? [] : tenant.processes(result)).filter((each) => !each.hasExited());
        if (alive.length > 0) await screen.follow(`Stopping ${title}`, Promise.all(alive.map((each) => each.stop(stopDeadlineMs))));
      });
      return started;
    },
    onStop: (name, undo) => releasers.push(name, undo),
    stopAll: () => releasers.releaseAll(),
    killAll() {
      for (const each of running) each.signal('SIGKILL');
    },
  };
}
