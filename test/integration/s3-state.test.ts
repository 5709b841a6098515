import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { s3StoredState } from '../../src/artifacts/s3-state.ts';
import type { JarServer } from '../support/jar-server.ts';
import { s3Lists, S3_KEYS, s3Server } from '../support/s3-server.ts';

describe('State that lies in S3', () => {
  let s3: JarServer | undefined;
  const look = async (keys: Readonly<Record<string, string>>, directory = 's3://flink/cp/job', settings: object = {}) => {
    s3 = await s3Server({}, s3Lists('flink', keys));
    return s3StoredState({ endpoint: s3.url, ...S3_KEYS, ...settings })(directory);
  };
  beforeEach(() => {
    s3 = undefined;
  });
  afterEach(() => s3?.close());

  const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString();

  it('is the checkpoint of the highest number that is whole', async () => {
    const keys = {
      'cp/job/chk-9/_metadata': at(3),
      'cp/job/chk-10/_metadata': at(2),
      'cp/job/chk-11/part-1': at(4),
      'cp/job/shared/x': at(5),
      'cp/job2/chk-99/_metadata': at(6),
    };
    expect(await look(keys)).to.deep.equal({ kind: 'found', location: 's3://flink/cp/job/chk-10' });
  });
  it('is the latest savepoint, and of both kinds the later one, under the scheme that was asked for', async () => {
    const savepoints = { 'sp/a/savepoint-2/_metadata': at(1), 'sp/a/savepoint-1/_metadata': at(2) };
    expect(await look(savepoints, 's3a://flink/sp/a/')).to.deep.equal({ kind: 'found', location: 's3a://flink/sp/a/savepoint-1' });
    await s3?.close();
    expect(await look({ ...savepoints, 'sp/a/chk-1/_metadata': at(3) }, 's3p://flink/sp/a')).to.include({
      location: 's3p://flink/sp/a/chk-1',
    });
  });
  it('may have any name', async () => {
    expect(await look({ 'cp/a b+c&<ü>/chk-1/_metadata': at(1) }, 's3://flink/cp/a b+c&<ü>')).to.deep.equal({
      kind: 'found',
      location: 's3://flink/cp/a b+c&<ü>/chk-1',
    });
  });
  it('is looked for in every page of a list', async () => {
    const many = Object.fromEntries(Array.from({ length: 2500 }, (_, i) => [`cp/job/chk-${i + 1}/_metadata`, at(1)]));
    expect(await look(many)).to.deep.equal({ kind: 'found', location: 's3://flink/cp/job/chk-2500' });
    expect(s3?.requests.length).to.equal(4);
  });
  it('is none where nothing whole is there', async () => {
    expect(await look({ 'cp/other': at(1) })).to.deep.equal({ kind: 'none' });
  });
  it('is unknown where the bucket may not be listed, does not answer, or is not named', async () => {
    expect((await look({}, undefined, { secretAccessKey: 'wrong' })).kind).to.equal('unknown');
    const closed = { endpoint: 'http://127.0.0.1:1', ...S3_KEYS };
    expect((await s3StoredState(closed)('s3://flink/cp')).kind).to.equal('unknown');
    expect((await s3StoredState(closed)('s3://flink')).kind).to.equal('unknown');
  });
});
