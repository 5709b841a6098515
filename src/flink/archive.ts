import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { DreyError } from '../domain/errors.ts';
import type { Archived } from '../domain/observation.ts';
import { boundedRead } from './file-reads.ts';
import { read, readDetails, readExceptions } from './replies.ts';
import { causeIn } from './throwables.ts';

/** A job's archive holds the answers of its JobManager, one stack trace and plan each. */
const MOST_BYTES = 64 * 1024 * 1024;

const readArchive = read(
  Type.Object({ archive: Type.Array(Type.Object({ path: Type.String(), json: Type.String() })) }),
  ({ archive }) => new Map(archive.map(({ path, json }) => [path, json])),
);

/**
 * The end of a job from the archive folder of its JobManager (`jobmanager.archive.fs.dir`, as `file:` URI): written before the process
 * exits, for jobs that came to an end. Undefined when it is not there, or cannot be understood. Throws `clusterUnreachable` when it cannot
 * be read in time.
 */
export async function readArchived(folder: string, jobId: string): Promise<Archived | undefined> {
  return boundedRead(
    () => search(fileURLToPath(folder), jobId),
    (limitMs) => new DreyError('clusterUnreachable', `the archive ${folder} could not be read within ${limitMs} ms`),
  );
}

async function search(folder: string, jobId: string): Promise<Archived | undefined> {
  for (const file of await placesOf(folder, jobId)) {
    const archive = readArchive((await textOf(file)) ?? '');
    const word = readDetails(archive?.get(`/jobs/${jobId}`) ?? '')?.word;
    if (word === undefined) continue;
    const exceptions = readExceptions(archive?.get(`/jobs/${jobId}/exceptions`) ?? '');
    return { endpoint: file, word, ...(word === 'FAILED' ? { cause: causeIn(exceptions) } : {}) };
  }
  return undefined;
}

/** 1.20 archives to `<job>`; 2.3 to `<cluster>/applications/<application>/jobs/<job>`, and the application of a job of ours has its id. */
async function placesOf(folder: string, jobId: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const clusters = entries.filter((entry) => entry.isDirectory());
  return [join(folder, jobId), ...clusters.map(({ name }) => join(folder, name, 'applications', jobId, 'jobs', jobId))];
}

/** Undefined when there is no such file, or none that an archive could be. */
async function textOf(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true || found.size > MOST_BYTES) return undefined;
  return readFile(file, 'utf8').catch(() => undefined);
}
