import { mkdirSync } from 'node:fs';
import { findProgram, requireProgram } from './programs.ts';
import { greeting } from './greeting.ts';
import { startUntilReady, type PrivateProcess } from './process.ts';

export interface RedisOptions {
  readonly dataFolder: string;
  readonly socketPath: string;
  readonly runFolder: string;
  readonly logFolder: string;
  /** More arguments, after and so before ours: `['--maxmemory', '1mb']`. */
  readonly args?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface RunningRedis {
  readonly socketPath: string;
  readonly process: PrivateProcess;
}

/**
 * Starts a Redis on a unix socket alone, with the settings that BullMQ needs. It keeps its data over restarts: a start
 * with the same options goes on from it.
 * @throws Error when it is not installed, ends at once or is not ready within 30 s.
 */
export async function startRedis({ dataFolder, socketPath, runFolder, logFolder, args = [], signal }: RedisOptions): Promise<RunningRedis> {
  mkdirSync(dataFolder, { recursive: true });
  // Debian's redis-tools, which brings no system service, has the server under the name of its checker; what it is
  // called by tells it which of the two to be.
  const command = findProgram('redis-server') ?? findProgram('redis-check-rdb') ?? requireProgram('redis-server');
  const settings = [
    ['--port', '0', '--unixsocket', socketPath, '--unixsocketperm', '700', '--dir', dataFolder],
    ['--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction'],
    ['--hz', '100'], // schedulers fire 5 to 20 ms late instead of up to 100
    ['--set-proc-title', 'no'], // the command line is how the process is known again
  ].flat();
  const server = await startUntilReady(
    { name: 'redis', command, argv0: 'redis-server', args: [...settings, ...args], runFolder, logFolder },
    async () => (await greeting(socketPath, 'PING\r\n'))?.toString().startsWith('+PONG') ?? false,
    { deadlineMs: 30_000, signal },
  );
  return { socketPath, process: server };
}
