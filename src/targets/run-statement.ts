import { setTimeout as sleep } from 'node:timers/promises';
import { DreyError } from '../domain/errors.ts';
import type { GatewayClient, Result } from '../flink/gateway-client.ts';

/** Runs one statement to its end, for those who have nothing to come back to. Throws `clusterUnreachable` where the session is gone, or it took longer than `limitMs`. */
export async function runStatement(
  client: GatewayClient,
  session: string,
  statement: string,
  limitMs: number,
): Promise<Exclude<Result, { kind: 'running' | 'gone' }>> {
  const deadline = performance.now() + limitMs;
  const operation = await client.execute(session, statement);
  for (let pauseMs = 20; operation !== undefined; pauseMs = Math.min(500, 2 * pauseMs)) {
    const result = await client.result(session, operation);
    if (result.kind === 'gone') break;
    if (result.kind !== 'running') return result;
    if (performance.now() > deadline)
      throw new DreyError('clusterUnreachable', `the SQL Gateway did not come to an end within ${limitMs} ms`);
    await sleep(pauseMs);
  }
  throw new DreyError('clusterUnreachable', 'the SQL Gateway does not know the session any more; try again');
}
