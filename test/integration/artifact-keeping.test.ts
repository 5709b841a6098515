import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { fetchingWorld, JOB, sha256 } from '../support/fetching-world.ts';
import { failureOf } from '../support/session-world.ts';

describe('jars that are kept here', () => {
  const { folder, server, cacheFolder, cached, stored, fetcher, serves } = fetchingWorld();

  describe('from the store', () => {
    const chunks = async function* (text: string) {
      yield await Promise.resolve(Buffer.from(text));
    };

    it('takes them by their URI, of the own namespace, and what a Job was submitted with after a new upload', async () => {
      const store = stored();
      const fetch = fetcher({ store });
      const uri = 'artifact://namespaces/default/job.jar';
      expect(await failureOf(fetch(uri, JOB))).to.include('there is no such artifact; upload it');
      await store.upload('default', 'job.jar', chunks('PK one'));
      const first = await fetch(uri, JOB);
      await store.upload('default', 'job.jar', chunks('PK two'));
      expect((await fetch(uri, JOB)).sha256).to.equal(sha256('PK two'));
      expect(await fetch(uri, { ...JOB, sha256: first.sha256 })).to.deep.equal(first);
      expect(readFileSync(first.path, 'utf8')).to.equal('PK one');
      expect(await failureOf(fetch(uri, { namespace: 'other' }))).to.include('it is of another namespace');
      rmSync(join(folder(), 'store'), { recursive: true });
      expect(await failureOf(fetch(uri, JOB))).to.include('not in drey.artifacts.directory of this daemon');
    });

    it('removes bytes that nobody needs any more, but not what is young, and what a broken upload left', async () => {
      const store = stored();
      const at = (name: string): string => join(folder(), 'store', name);
      const age = (name: string): void => utimesSync(at(name), new Date(0), new Date(0));
      await store.upload('default', 'old.jar', chunks('PK old'));
      await store.upload('default', 'named.jar', chunks('PK named'));
      writeFileSync(at('.partial-x'), 'PK');
      await store.upload('default', 'old.jar', chunks('PK new'));
      for (const name of [sha256('PK old'), sha256('PK named'), '.partial-x']) age(name);
      await store.upload('default', 'young.jar', chunks('PK young'));
      await store.remove('default', 'young.jar');
      expect(readdirSync(join(folder(), 'store')).sort()).to.deep.equal(['PK named', 'PK new', 'PK young'].map(sha256).sort());
    });

    it('keeps nothing of an upload that breaks off', async () => {
      const store = stored();
      const breaking = async function* () {
        yield await Promise.resolve(Buffer.from('PK'));
        throw new Error('cut');
      };
      const error: unknown = await store.upload('default', 'job.jar', breaking()).catch((thrown: unknown) => thrown);
      expect(String(error)).to.equal('Error: cut');
      expect(readdirSync(join(folder(), 'store'))).to.deep.equal([]);
      expect(await store.list('default')).to.deep.equal([]);
    });

    it('says that it cannot be written', async () => {
      writeFileSync(join(folder(), 'store'), 'a file where the folder should be');
      expect(await failureOf(stored().upload('default', 'job.jar', chunks('PK')))).to.match(/^unavailable: .*EEXIST|ENOTDIR/);
    });
  });

  describe('as files and by schemes', () => {
    it('bounds files to the folders that are allowed, symbolic links followed', async () => {
      const allowed = join(folder(), 'jars');
      mkdirSync(allowed);
      mkdirSync(join(folder(), 'jars-of-others'));
      for (const path of ['jars/in.jar', 'out.jar', 'jars-of-others/x.jar']) writeFileSync(join(folder(), path), 'PK');
      symlinkSync(join(folder(), 'out.jar'), join(allowed, 'link.jar'));
      const fetch = fetcher({ folders: ['/no/such/folder', allowed] });
      expect((await fetch(`file:${allowed}/in.jar`, JOB)).sha256).to.equal(sha256('PK'));
      for (const path of ['out.jar', 'jars/link.jar', 'jars/../out.jar', 'jars-of-others/x.jar']) {
        expect(await failureOf(fetch(`file:${join(folder(), 'x')}/../${path}`, JOB)), path).to.include('not in one of the folders');
      }
    });

    it('refuses schemes that are not allowed, and what has none', async () => {
      const fetch = fetcher({ allowedSchemes: ['file', 's3'] });
      expect(await failureOf(fetch('https://example.com/job.jar', JOB))).to.equal(
        'artifactUnavailable: artifact https://example.com/job.jar cannot be used: jars are not fetched by https:; use file:, s3:, or change drey.artifacts.allowed-schemes',
      );
      expect(await failureOf(fetch('hdfs://x/job.jar', JOB))).to.include('not fetched by hdfs:');
      expect(await failureOf(fetch('job.jar', JOB))).to.include('it is not a URI');
    });
  });

  describe('into a bounded cache', () => {
    it('removes what was not used for longest, and never what was used just now', async () => {
      const of = (name: string): string => `PK ${name.repeat(100)}`;
      const fetch = fetcher({ cacheBytes: 250, inUseMs: 1000 });
      const get = async (name: string): Promise<string> => {
        serves(of(name));
        return (await fetch(`${server().url}/${name}`, JOB)).sha256;
      };
      const idle = (hash: string, seconds: number): void => {
        const at = new Date(Date.now() - seconds * 1000);
        utimesSync(join(cacheFolder(), hash), at, at);
      };
      const [a, b] = [await get('a'), await get('b')];
      idle(a, 100);
      idle(b, 200);
      const c = await get('c');
      expect(cached()).to.deep.equal([a, c].sort());
      // Both in use: rather too much than a Job without its jar.
      await fetch(`${server().url}/a`, { ...JOB, sha256: a });
      const d = await get('d');
      expect(cached()).to.deep.equal([a, c, d].sort());
    });

    it('says that the cache cannot be written', async () => {
      serves('PK');
      writeFileSync(cacheFolder(), 'a file where the folder should be');
      expect(await failureOf(fetcher()(`${server().url}/job.jar`, JOB))).to.match(/^artifactUnreachable.*the cache .* cannot be written/);
    });
  });
});
