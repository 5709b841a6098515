import type { FetchedArtifact } from '../ports/targets.ts';
import { DiskFault, hashFolder } from './folder.ts';
import { NO_JAR, Unfit } from './unfit.ts';

/** Jars that were fetched from elsewhere. */
export interface ArtifactCache {
  /** The bytes with this hash, if they are here. */
  find(sha256: string): Promise<FetchedArtifact | undefined>;
  /** Keeps what was fetched. Throws Unfit for what is no jar or too large. */
  keep(bytes: AsyncIterable<Uint8Array>): Promise<FetchedArtifact>;
}

export interface CacheLimits {
  /** What lies there longest unused goes when there is more than this. */
  readonly maxBytes: number;
  readonly maxArtifactBytes: number;
}

/** A jar that was asked for may still be on its way to a cluster: rather too much in the cache for a while than a Job without its jar. */
const IN_USE_MS = 600_000;

/** A cache by content in a folder of its own, bounded by size; it outlives the process. */
export function artifactCache(directory: string, { maxBytes, maxArtifactBytes }: CacheLimits, inUseMs = IN_USE_MS): ArtifactCache {
  const folder = hashFolder(directory);
  const limit = { maxBytes: maxArtifactBytes, tooLarge: () => tooLarge(maxArtifactBytes) };

  const evict = async (): Promise<void> => {
    await folder.removeLeftovers();
    const kept = await folder.kept();
    let total = kept.reduce((sum, { size }) => sum + size, 0);
    for (const { sha256, size, usedAtMs } of kept) {
      if (total <= maxBytes || Date.now() - usedAtMs < inUseMs) return;
      await folder.remove(sha256);
      total -= size;
    }
  };

  return {
    find: async (sha256) => ((await folder.touch(sha256)) ? { path: folder.pathOf(sha256), sha256 } : undefined),
    async keep(bytes) {
      try {
        const sha256 = await folder.take(bytes, limit, async (taken) => {
          if (!taken.isZip) throw new Unfit(NO_JAR, 'see what the address answers');
          await taken.keep();
          return taken.sha256;
        });
        await evict();
        return { path: folder.pathOf(sha256), sha256 };
      } catch (error) {
        throw error instanceof DiskFault ? unwritable(directory, error) : error;
      }
    },
  };
}

const unwritable = (directory: string, cause: DiskFault): Unfit =>
  new Unfit(`the cache ${directory} cannot be written (${cause.code})`, 'make room, or set drey.artifacts.cache-directory', {
    mayPass: true,
    cause,
  });

const tooLarge = (maxBytes: number): Unfit =>
  new Unfit(`it has more than ${maxBytes} bytes`, 'make the jar smaller, or raise drey.artifacts.max-size');
