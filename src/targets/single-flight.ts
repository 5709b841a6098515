/**
 * Shares runs of `work`: one under way, and one more that waits for it to end. Whoever asks while one is under way shares the waiting one,
 * so the work that answers always began after the asker's call. A failed run fails those who share it, and no one else.
 */
export function singleFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let waiting: Promise<T> | undefined;

  function start(): Promise<T> {
    waiting = undefined;
    const run = work();
    running = run;
    const over = (): void => {
      if (running === run) running = undefined;
    };
    run.then(over, over);
    return run;
  }

  return () => {
    if (running === undefined) return start();
    waiting ??= running.then(start, start);
    return waiting;
  };
}
