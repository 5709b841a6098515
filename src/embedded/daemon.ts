import { startUntilReady, type PrivateProcess } from './process.ts';

export interface DaemonOptions {
  /** The command line of `drey serve`, the program first. */
  readonly command: readonly string[];
  /** Settings besides those of this process. */
  readonly env: Readonly<Record<string, string>>;
  readonly managementPort: number;
  readonly runFolder: string;
  readonly logFolder: string;
  readonly signal?: AbortSignal;
}

/**
 * Starts `drey serve` and waits until it is ready to take requests.
 * @throws Error when it ends first (with the end of its log) or is not ready within 60 s.
 */
export function startDaemon({ command, env, managementPort, runFolder, logFolder, signal }: DaemonOptions): Promise<PrivateProcess> {
  const [program = '', ...args] = command;
  return startUntilReady(
    { name: 'serve', command: program, args, env: { ...process.env, ...env }, runFolder, logFolder },
    () => isReady(`http://127.0.0.1:${managementPort}/readyz`),
    { deadlineMs: 60_000, signal },
  );
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).status === 200;
  } catch {
    return false; // not there yet
  }
}
