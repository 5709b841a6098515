import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import type { Archived } from '../domain/observation.ts';
import { read, readDetails, readExceptions } from './replies.ts';
import { causeIn } from './throwables.ts';

const readArchive = read(
  Type.Object({ archive: Type.Array(Type.Object({ path: Type.String(), json: Type.String() })) }),
  ({ archive }) => new Map(archive.map(({ path, json }) => [path, json])),
);

/**
 * The end of a job from the archive folder of its JobManager (`jobmanager.archive.fs.dir`, as `file:` URI): written before the process
 * exits, for jobs that came to an end. Undefined when it is not there, or cannot be understood.
 */
export async function readArchived(folder: string, jobId: string): Promise<Archived | undefined> {
  for (const file of await placesOf(fileURLToPath(folder), jobId)) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    const archive = text === undefined ? undefined : readArchive(text);
    const word = readDetails(archive?.get(`/jobs/${jobId}`) ?? '')?.word;
    if (word === undefined) continue;
    const exceptions = readExceptions(archive?.get(`/jobs/${jobId}/exceptions`) ?? '');
    return { endpoint: file, word, ...(word === 'FAILED' ? { cause: causeIn(exceptions) } : {}) };
  }
  return undefined;
}

/** 1.20 archives to `<job>`; 2.3 to `<cluster>/applications/<application>/jobs/<job>`, and the application of a job of ours has its id. */
async function placesOf(folder: string, jobId: string): Promise<string[]> {
  const clusters = await readdir(folder).catch(() => []);
  return [join(folder, jobId), ...clusters.map((cluster) => join(folder, cluster, 'applications', jobId, 'jobs', jobId))];
}
