import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { storedState } from '../../src/flink/stored-state.ts';

describe('State that lies in a directory', () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'drey-test-state-'));
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  /** A whole snapshot, unless told otherwise, written so many seconds after the first. */
  const snapshot = (path: string, atS = 0, metadata = 'state'): string => {
    const folder = join(base, path);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '_metadata'), metadata);
    utimesSync(join(folder, '_metadata'), 1000 + atS, 1000 + atS);
    return `file:${folder}`;
  };
  const look = (path = '') => storedState(`file://${join(base, path)}`, `file://${base}`);
  const found = (location: string) => ({ kind: 'found', location });

  it('is the checkpoint of the highest number, not of the latest time or the first letters', async () => {
    snapshot('job/chk-9', 3);
    const newest = snapshot('job/chk-10', 2);
    mkdirSync(join(base, 'job/shared'));
    expect(await look('job')).to.deep.equal(found(newest));
  });
  it('is the latest savepoint', async () => {
    snapshot('savepoint-b-1', 1);
    const newest = snapshot('savepoint-a-1', 2);
    snapshot('savepoint-c-1', 0);
    expect(await look()).to.deep.equal(found(newest));
  });
  it('of both kinds is the later one', async () => {
    const checkpoint = snapshot('chk-3', 1);
    expect(await look()).to.deep.equal(found(checkpoint));
    const savepoint = snapshot('savepoint-a-1', 2);
    expect(await look()).to.deep.equal(found(savepoint));
  });
  it('that is not whole does not count', async () => {
    const whole = snapshot('job/chk-1');
    mkdirSync(join(base, 'job/chk-2'));
    snapshot('job/chk-3', 0, '');
    mkdirSync(join(base, 'job/chk-4/_metadata'), { recursive: true });
    writeFileSync(join(base, 'job/chk-5'), '');
    symlinkSync('/nowhere', join(base, 'job/chk-6'));
    snapshot('job/other-7');
    expect(await look('job')).to.deep.equal(found(whole));
  });
  it('is none where the directory is empty or missing and its base is there', async () => {
    for (const path of ['', 'missing/deeper']) expect(await look(path), path).to.deep.equal({ kind: 'none' });
  });
  it('is in the directory itself, not below its folders', async () => {
    snapshot('job/chk-1');
    expect(await look()).to.deep.equal({ kind: 'none' });
  });
  it('is unknown where the base is missing, or no folder', async () => {
    writeFileSync(join(base, 'file'), '');
    for (const path of ['missing', 'file']) {
      const folder = `file://${join(base, path)}`;
      expect(await storedState(`${folder}/job`, folder)).to.deep.equal({
        kind: 'unknown',
        why: `there is no folder ${join(base, path)} here`,
      });
    }
  });
  for (const directory of ['s3://bucket/x', 'hdfs:///x', '/x', 'x', 'file:x', 'file://server/x', '']) {
    it(`is unknown in "${directory}", which is not of this machine's file system`, async () => {
      for (const call of [storedState(directory, `file://${base}`), storedState(`file://${base}`, directory)])
        expect(await call).to.deep.equal({
          kind: 'unknown',
          why: `${directory} is not a file: path, and Drey can look into no other file system`,
        });
    });
  }
  it('is unknown where a look fails', async () => {
    symlinkSync('loop', join(base, 'loop'));
    expect(await look('loop'))
      .to.have.property('why')
      .that.contains('ELOOP');
    expect(await look('nul\0'))
      .to.have.property('why')
      .that.contains('null bytes');
  });
  it("has Flink's paths: nothing is percent-encoded, and the spellings of file: are one", async () => {
    const location = snapshot('a%20b ü#?/chk-1');
    for (const prefix of ['file:', 'file://', 'file://localhost'])
      expect(await storedState(`${prefix}${base}/a%20b ü#?`, `file:${base}`), prefix).to.deep.equal(found(location));
  });
});
