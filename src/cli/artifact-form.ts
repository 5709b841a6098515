import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { usage } from './exit.ts';
import type { Form } from './server.ts';

/** A form with one file, read as it is sent; `onSent` is told how many of its bytes were. Throws a usage error for a file that cannot be read. */
export async function formOf(path: string, name: string, onSent: (bytes: number, of: number) => void): Promise<Form> {
  const stats = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (!stats.isFile()) throw usage(`${path} is not a file`);
  const boundary = `drey-${randomUUID()}`;

  async function* chunks(): AsyncGenerator<Uint8Array> {
    const disposition = `form-data; name="file"; filename="${name.replaceAll(/["\r\n]/g, '_')}"`;
    yield Buffer.from(`--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n`);
    let sent = 0;
    try {
      for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
        yield chunk;
        onSent((sent += chunk.length), stats.size);
      }
    } catch (error) {
      throw unreadable(path, error);
    }
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  return { contentType: `multipart/form-data; boundary=${boundary}`, chunks: chunks() };
}

const unreadable = (path: string, error: unknown): Error =>
  usage(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
