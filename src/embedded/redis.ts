import { mkdirSync } from 'node:fs';
import { greeting } from './addresses.ts';
import { requireProgram, startUntilReady, type PrivateProcess, type ServerOptions } from './process.ts';

/**
 * Starts a Redis on a unix socket alone, with the settings that BullMQ needs. It keeps its data over restarts: a start
 * with the same options goes on from it.
 * @throws Error when it is not installed, ends at once or is not ready within 30 s.
 */
export async function startRedis(socketPath: string, { dataFolder, runFolder, logFolder, signal }: ServerOptions): Promise<PrivateProcess> {
  mkdirSync(dataFolder, { recursive: true });
  const args = [
    ['--port', '0', '--unixsocket', socketPath, '--unixsocketperm', '700', '--dir', dataFolder],
    ['--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction'],
    ['--hz', '25'], // what waits for a time wakes up to 40 ms late, not 100; an idle Redis costs 0.2 % of a core, at 100 it is 0.6 %
    ['--set-proc-title', 'no'], // the command line is how the process is known again
  ].flat();
  // Debian's redis-tools, which brings no system service, has the server under the name of its checker; what it is
  // called by tells it which of the two to be.
  const command = requireProgram('redis-server', 'redis-check-rdb');
  return startUntilReady(
    { name: 'redis', command, argv0: 'redis-server', args, runFolder, logFolder },
    async () => (await greeting(socketPath, 'PING\r\n'))?.toString().startsWith('+PONG') ?? false,
    { deadlineMs: 30_000, signal },
  );
}
