import type { FlinkClient } from '../flink/client.ts';
import { jarName } from '../flink/multipart.ts';
import type { FetchedArtifact } from '../ports.ts';

/**
 * Puts artifacts on one cluster, each once: `GET /jars` is the cache, so a daemon that was restarted uploads nothing again. One upload at a time;
 * each looks when its turn has come, so many Jobs of one jar make one upload, and slow ones leave the cluster's budget to the reads.
 * Resolves with the jar's id on the cluster.
 */
export function jarUploads(client: FlinkClient): (artifact: FetchedArtifact) => Promise<string> {
  let last: Promise<unknown> = Promise.resolve();

  async function find(artifact: FetchedArtifact): Promise<string | undefined> {
    const copies = (await client.jars()).filter(({ name }) => name === jarName(artifact));
    return copies.toSorted((a, b) => b.uploaded - a.uploaded)[0]?.id;
  }

  return async (artifact) => {
    const there = await find(artifact);
    if (there !== undefined) return there;
    const turn = last.then(async () => (await find(artifact)) ?? (await client.uploadJar(artifact)));
    last = turn.catch(() => undefined);
    return turn;
  };
}
