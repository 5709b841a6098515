import { runProgram } from '../../src/cli/program.ts';
import type { TestApi } from './api.ts';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Around {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Both outputs are a terminal. */
  readonly terminal?: boolean;
  readonly actions?: Partial<Parameters<typeof runProgram>[2]>;
  /** What happens while the command pauses, instead of time passing; at `false` nobody reads the output any more. */
  readonly onPause?: (count: number) => unknown;
}

/** Runs a command line in this process, on a clock that only its own pauses move. */
export async function cli(server: string, line: string | readonly string[], around: Around = {}): Promise<Ended> {
  const { stdin = '', env = {}, terminal: isTTY = false, actions = {}, onPause = () => undefined } = around;
  const written = { out: '', err: '' };
  const output = (to: 'out' | 'err') => ({ write: (text: string) => (written[to] += text), isTTY, columns: 120 });
  const closed = new AbortController();
  let [now, pauses] = [0, 0];
  const refuse = (): never => {
    throw new Error('this action is not expected');
  };
  const code = await runProgram(
    typeof line === 'string' ? line.split(' ') : line,
    '1.2.3',
    { serve: refuse, up: refuse, migrate: refuse, ...actions },
    {
      env: { DREY_SERVER: server, ...env },
      stdin: (async function* () {
        yield await Promise.resolve(stdin);
      })(),
      stdout: output('out'),
      stderr: output('err'),
      outputClosed: closed.signal,
      monotonicMs: () => now,
      pause: async (ms) => {
        now += ms;
        if ((await onPause(++pauses)) === false) closed.abort();
      },
    },
  );
  return { code, ...written };
}

/** Where a test's API listens. Its test closes it with `api.app.close()`; one that fails before that does not keep the run from ending. */
export async function listen({ app }: TestApi): Promise<string> {
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  app.server.unref();
  return address;
}

/** A table as rows of cells. */
export const cells = (table: string): string[][] =>
  table
    .trimEnd()
    .split('\n')
    .map((row) => row.split(/ {2,}/));
