import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { DreyError } from '../domain/errors.ts';
import type { FetchedArtifact } from '../ports/targets.ts';

/** The name under which an artifact lies on a cluster. It names the bytes, so `GET /jars` tells whether they are there already. */
export const jarName = (artifact: Pick<FetchedArtifact, 'sha256'>): string => `${artifact.sha256}.jar`;

/**
 * A form with one jar, read from disk as it is sent. The bytes are hashed under way, and the form is only completed when they are those of the
 * artifact: a file that was replaced since must not lie on the cluster under the old name. Throws `artifactUnavailable`, also through the stream.
 */
export async function jarUpload(artifact: FetchedArtifact): Promise<{ headers: Record<string, string>; body: Readable }> {
  const gone = (error: unknown): never => {
    throw unavailable(artifact, 'it can no longer be read', error);
  };
  const { size } = await stat(artifact.path).catch(gone);
  const boundary = `drey-${randomUUID()}`;
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="jarfile"; filename="${jarName(artifact)}"\r\n` +
      'Content-Type: application/x-java-archive\r\n\r\n',
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);

  async function* form(): AsyncGenerator<Buffer> {
    yield head;
    const hash = createHash('sha256');
    try {
      for await (const chunk of createReadStream(artifact.path) as AsyncIterable<Buffer>) {
        hash.update(chunk);
        yield chunk;
      }
    } catch (error) {
      gone(error);
    }
    if (hash.digest('hex') !== artifact.sha256) throw unavailable(artifact, 'it changed while it was being uploaded');
    yield tail;
  }

  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': String(head.length + size + tail.length) },
    body: Readable.from(form(), { objectMode: false }),
  };
}

const unavailable = ({ path }: FetchedArtifact, what: string, cause?: unknown): DreyError =>
  new DreyError('artifactUnavailable', `${path}: ${what}; put the jar back, and do not replace a jar in place while it is in use`, {
    cause,
  });
