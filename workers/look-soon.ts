import type { WorkerParts } from './parts.ts';

/** When a cluster is looked at after something was done to it; from then on its sweep is soon enough. */
const LOOKS_MS = [200, 500, 1000, 2000] as const;

/** Has the cluster of a target probed soon. Each look is a command of its own, shared by all who acted meanwhile. */
export async function lookSoon({ queue, log }: WorkerParts, targetId: string): Promise<void> {
  for (const delayMs of LOOKS_MS) {
    await queue.ensure({ kind: 'probe', id: targetId }, delayMs, String(delayMs)).catch((error: unknown) => {
      log.debug({ error, target: targetId }, 'no early look, the sweep will see it');
    });
  }
}
