import { setTimeout as sleep } from 'node:timers/promises';
import { DreyError } from '../domain/errors.ts';
import type { SavepointOperation } from '../domain/savepoint-sight.ts';
import { CHECKPOINT_OPTIONS, firstSet, SAVEPOINT_OPTIONS } from '../domain/state-options.ts';
import type { FlinkLimits } from '../flink/budget.ts';
import type { FlinkClient } from '../flink/client.ts';
import type { Operation } from '../flink/snapshot-replies.ts';
import { hasThrowable } from '../flink/throwables.ts';
import type { Cluster } from '../ports/targets.ts';
import type { Views } from './views.ts';

type Savepoints = Pick<
  Cluster,
  'savepoint' | 'savepointOperation' | 'statePaths' | 'savepointDirectory' | 'checkpointDirectory' | 'disposeSavepoint'
>;

/** Savepoints and checkpoints of one cluster's jobs. */
export function savepoints(client: FlinkClient, endpoint: string, limits: FlinkLimits, watched: Views['watched']): Savepoints {
  const setting = async (keys: readonly string[]): Promise<string | undefined> => {
    const settings = await watched(client.settings());
    return firstSet(keys, (key) => settings.get(key));
  };

  async function disposeSavepoint(location: string): Promise<void> {
    const deadline = performance.now() + limits.submitTimeoutMs;
    const id = await client.disposeSavepoint(location);
    const address = `GET ${endpoint}savepoint-disposal/${id}`;
    for (let pauseMs = 50; performance.now() < deadline; pauseMs = Math.min(2 * pauseMs, 1000)) {
      const operation = await client.disposal(id);
      if (operation?.kind === 'completed') return;
      if (operation?.kind === 'failed') {
        if (isGoneAlready(operation)) return;
        throw new DreyError('conflict', `Flink could not delete the savepoint ${location}: ${operation.message}`);
      }
      if (operation === undefined) throw new DreyError('clusterUnreachable', `${address}: the JobManager does not know it any more`);
      await sleep(pauseMs);
    }
    throw new DreyError('clusterUnreachable', `${address}: the savepoint is not deleted after ${limits.submitTimeoutMs} ms`);
  }

  return {
    savepoint: (id, request) => watched(client.savepoint(id, request)),
    async savepointOperation(id, triggerId) {
      const operation = await watched(client.savepointOperation(id, triggerId));
      return savepointOperation(operation, `GET ${endpoint}jobs/${id}/savepoints/${triggerId}`);
    },
    statePaths: (id) => watched(client.statePaths(id)),
    savepointDirectory: () => setting(SAVEPOINT_OPTIONS),
    checkpointDirectory: () => setting(CHECKPOINT_OPTIONS),
    disposeSavepoint: (location) => watched(disposeSavepoint(location)),
  };
}

/** Its folder, or the `_metadata` in it, is not there: what is left, if anything, Flink cannot delete. */
const isGoneAlready = ({ chain }: Operation & { kind: 'failed' }): boolean => hasThrowable(chain, 'FileNotFoundException');

function savepointOperation(operation: Operation | undefined, endpoint: string): SavepointOperation {
  switch (operation?.kind) {
    case undefined:
      return { kind: 'unknown' };
    case 'inProgress':
      return operation;
    case 'completed':
      if (operation.location !== undefined) return { kind: 'completed', endpoint, location: operation.location, jobFailed: false };
      throw new DreyError('clusterAnsweredOddly', `${endpoint}: COMPLETED, with neither a location nor a cause of failure`);
    case 'failed': {
      const location = locationOfFailedStop(operation);
      if (location !== undefined) return { kind: 'completed', endpoint, location, jobFailed: true };
      return { kind: 'failed', endpoint, message: operation.message };
    }
  }
}

/** The savepoint was complete, and a task failed afterwards: the job is FAILED then, whatever its restart strategy. */
function locationOfFailedStop({ chain }: Operation & { kind: 'failed' }): string | undefined {
  const stopping = chain.find(({ className }) => className.endsWith('.StopWithSavepointStoppingException'));
  return /^A savepoint has been created at: (.+?), but the corresponding job /s.exec(stopping?.message ?? '')?.[1];
}
