import { createReleasers } from '../releasers.ts';
import { describeExit, type PrivateProcess } from './process.ts';
import type { Screen } from './screen.ts';

/** The servers of one `drey up`. */
export interface Servers {
  /** Aborted when `up` is told to stop, and when a server could not be started, with that as the reason. */
  readonly signal: AbortSignal;
  /**
   * Starts a server of one or more processes, and stops it when all are stopped: those added later are stopped before it.
   * `start` ends its own processes when it fails.
   */
  add<Started>(
    title: string,
    start: () => Promise<Started>,
    processesOf: (started: Started) => readonly PrivateProcess[],
  ): Promise<Started>;
  /** Registers something else that is to be undone, in its turn. */
  onStop(name: string, undo: () => void): void;
  /** Stops all, one after the other; also those that are still being started. May be called twice. */
  stopAll(): Promise<void>;
  /** SIGKILL to all that run. */
  killAll(): void;
}

/** The daemon finishes the commands it has begun; MariaDB writes what it holds in memory. */
const stopDeadlineMs = 30_000;

/** `told` is aborted when `up` is told to stop. */
export function createServers(screen: Screen, told: AbortSignal): Servers {
  const releasers = createReleasers();
  const failed = new AbortController();
  const signal = AbortSignal.any([told, failed.signal]);
  const running = new Set<PrivateProcess>();
  let isStopping = false;

  const attend = (server: PrivateProcess) => {
    running.add(server);
    void server.exited.then((exit) => {
      running.delete(server);
      if (signal.aborted || isStopping) return;
      screen.say(`${server.name} has ended ${describeExit(exit)}. It is not started again: stop with Ctrl-C. Its log: ${server.logFile}`);
    });
  };

  return {
    signal,
    add(title, start, processesOf) {
      const started = screen.follow(`Starting ${title}`, start());
      const attended = started.then((result) => {
        const processes = processesOf(result);
        processes.forEach(attend);
        return processes;
      });
      attended.catch((error: unknown) => failed.abort(error));
      releasers.push(title, async () => {
        const alive = (await attended.catch(() => [])).filter((each) => !each.hasExited());
        if (alive.length > 0) await screen.follow(`Stopping ${title}`, Promise.all(alive.map((each) => each.stop(stopDeadlineMs))));
      });
      return started;
    },
    onStop: (name, undo) => releasers.push(name, undo),
    stopAll() {
      isStopping = true;
      return releasers.releaseAll();
    },
    killAll() {
      for (const each of running) each.signal('SIGKILL');
    },
  };
}
