import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file that passes for a jar where nobody runs it: on the Flink simulator. */
export function smallJar(): { jarUri: string; removeJar: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'drey-test-jar-'));
  const path = join(folder, 'job.jar');
  // The end of a zip without entries.
  writeFileSync(path, Buffer.from([0x50, 0x4b, 5, 6, ...Array<number>(18).fill(0)]));
  return { jarUri: `file:${path}`, removeJar: () => rmSync(folder, { recursive: true, force: true }) };
}
