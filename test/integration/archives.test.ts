import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { readArchived } from '../../src/flink/archive.ts';

const ID = 'a'.repeat(32);

/** What a JobManager archives of a job, as far as it is read. */
const archive = (state: string, stackTrace?: string): string =>
  JSON.stringify({
    archive: [
      { path: `/jobs/${ID}`, json: JSON.stringify({ jid: ID, state, 'start-time': 1, vertices: [] }) },
      {
        path: `/jobs/${ID}/exceptions`,
        json: JSON.stringify({ exceptionHistory: { entries: stackTrace === undefined ? [] : [{ stacktrace: stackTrace }] } }),
      },
    ],
  });

describe('archives of ended jobs', () => {
  let folder: string;
  const look = () => readArchived(pathToFileURL(folder).href, ID);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'drey-test-archive-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are found where 1.20 and where 2.3 put them, with the cause of a failure', async () => {
    expect(await look()).to.equal(undefined);
    const application = join(folder, '0'.repeat(32), 'applications', ID, 'jobs');
    mkdirSync(application, { recursive: true });
    writeFileSync(join(application, ID), archive('FAILED', 'a.B: outer\nCaused by: java.lang.IllegalStateException: no'));
    expect(await look()).to.deep.equal({
      endpoint: join(application, ID),
      word: 'FAILED',
      cause: 'java.lang.IllegalStateException: no',
    });
    writeFileSync(join(folder, ID), archive('FINISHED'));
    expect(await look()).to.deep.equal({ endpoint: join(folder, ID), word: 'FINISHED' });
  });
  for (const [what, text] of [
    ['no JSON', '{'],
    ['another shape', '{"archive":1}'],
    ['an unknown state', archive('DREAMING')],
  ] as const) {
    it(`say nothing with ${what} in them`, async () => {
      writeFileSync(join(folder, ID), text);
      expect(await look()).to.equal(undefined);
    });
  }
  it('are not waited for where something that is no file has the name', async () => {
    await promisify(execFile)('mkfifo', [join(folder, ID)]);
    expect(await look()).to.equal(undefined);
  });
  it('of a folder that is not there say nothing', async () => {
    expect(await readArchived('file:///no/such/folder', ID)).to.equal(undefined);
  });
});
