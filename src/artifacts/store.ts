import { DreyError } from '../domain/errors.ts';
import { parseArtifactUri } from '../domain/stored-artifact.ts';
import type { ArtifactRows, ArtifactStore } from '../ports/artifacts.ts';
import type { Log } from '../ports/log.ts';
import type { FetchedArtifact } from '../ports/targets.ts';
import { DiskFault, hashFolder } from './folder.ts';
import { NO_JAR, Unfit } from './unfit.ts';

/** The artifact store, and what its URIs stand for. */
export interface ReadableArtifactStore extends ArtifactStore {
  /** The bytes that a URI of the store names, of the Job's own namespace; those with the hash, where one is given. Throws Unfit. */
  open(uri: string, job: { readonly namespace: string; readonly sha256?: string }): Promise<FetchedArtifact>;
}

/** Bytes come before their row, maybe from another daemon: what is so young is not looked at when nobody names it. */
const YOUNG_MS = 3_600_000;

/**
 * Keeps the bytes in a folder, under their hash, and the names in rows. So other bytes under a name change nothing for a Job that was submitted with
 * the earlier ones: those stay until it has ended. Daemons of one database share the folder.
 */
export function artifactStore(rows: ArtifactRows, directory: string, maxBytes: number, log: Log): ReadableArtifactStore {
  const folder = hashFolder(directory);
  const limit = {
    maxBytes,
    tooLarge: () => new DreyError('payloadTooLarge', `the file has more than ${maxBytes} bytes (drey.artifacts.max-size)`),
  };

  /** Removes bytes that nobody needs any more. The next upload or deletion tries again. */
  const sweep = async (): Promise<void> => {
    try {
      await folder.removeLeftovers();
      const old = (await folder.kept()).filter(({ usedAtMs }) => Date.now() - usedAtMs > YOUNG_MS).map(({ sha256 }) => sha256);
      const used = new Set(old.length === 0 ? [] : await rows.used(old));
      for (const sha256 of old) if (!used.has(sha256)) await folder.remove(sha256);
    } catch (error) {
      log.warn({ error }, 'bytes that no artifact needs any more were not removed');
    }
  };

  return {
    maxBytes,
    list: (namespace) => rows.list(namespace),
    find: (namespace, filename) => rows.find(namespace, filename),
    async upload(namespace, filename, bytes) {
      const stored = await folder
        .take(bytes, limit, async (taken) => {
          if (filename.toLowerCase().endsWith('.jar') && !taken.isZip) throw new DreyError('badRequest', `${filename}: ${NO_JAR}`);
          await taken.keep();
          return rows.put({ namespace, filename, sha256: taken.sha256, size: taken.size });
        })
        .catch((error: unknown) => {
          throw error instanceof DiskFault ? unwritable(directory, error) : error;
        });
      await sweep();
      return stored;
    },
    async remove(namespace, filename) {
      const wasThere = await rows.remove(namespace, filename);
      if (wasThere) await sweep();
      return wasThere;
    },
    async open(uri, { namespace, sha256 }) {
      const place = parseArtifactUri(uri);
      if (place === undefined) throw new Unfit('it is not a URI of the artifact store', 'write it as `drey artifact list` shows it');
      if (place.namespace !== namespace) throw new Unfit('it is of another namespace', `upload it to namespace ${namespace}`);
      // What the Job was submitted with, also when its name now stands for other bytes.
      if (sha256 !== undefined && (await folder.touch(sha256))) return { path: folder.pathOf(sha256), sha256 };
      const stored = await rows.find(namespace, place.filename);
      if (stored === undefined) throw new Unfit('there is no such artifact', 'upload it (`drey artifact upload`)');
      if (await folder.touch(stored.sha256)) return { path: folder.pathOf(stored.sha256), sha256: stored.sha256 };
      throw new Unfit(
        'its bytes are not in drey.artifacts.directory of this daemon',
        'let all daemons share that folder, or upload it again',
      );
    },
  };
}

const unwritable = (directory: string, cause: DiskFault): DreyError =>
  new DreyError('unavailable', `the artifact store cannot be written (${cause.code}: drey.artifacts.directory is ${directory})`, {
    cause,
  });
