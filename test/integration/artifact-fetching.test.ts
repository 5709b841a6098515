import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { artifactCache } from '../../src/artifacts/cache.ts';
import { downloader, type DownloadLimits } from '../../src/artifacts/download.ts';
import { artifactFetcher, type ArtifactFetcher } from '../../src/artifacts/fetcher.ts';
import { fileFetcher } from '../../src/artifacts/file.ts';
import { s3Request } from '../../src/artifacts/s3.ts';
import { jarServer, type JarServer } from '../support/jar-server.ts';
import { memoryArtifacts } from '../support/memory-artifacts.ts';
import { memoryStore } from '../support/memory-store.ts';
import { S3_KEYS, s3Server } from '../support/s3-server.ts';
import { failureOf } from '../support/session-world.ts';

const sha256 = (bytes: string): string => createHash('sha256').update(bytes).digest('hex');
const JOB = { namespace: 'default' };
const MOST = 1_000_000;

describe('fetching jars', () => {
  let folder: string;
  let server: JarServer;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'drey-test-fetching-'));
    server = await jarServer();
  });
  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Options extends Partial<DownloadLimits> {
    readonly cacheBytes?: number;
    readonly inUseMs?: number;
    readonly s3?: Parameters<typeof s3Request>[1];
    readonly allowedSchemes?: readonly string[];
    readonly folders?: readonly string[];
  }
  const cacheFolder = (): string => join(folder, 'cache');
  const cached = (): string[] => (existsSync(cacheFolder()) ? readdirSync(cacheFolder()).sort() : []);
  const stored = () => memoryArtifacts(memoryStore(), { directory: join(folder, 'store') });

  function fetcher({
    cacheBytes = 10 * MOST,
    inUseMs,
    s3 = { region: 'r' },
    folders,
    store = stored(),
    ...options
  }: Options & { store?: ReturnType<typeof stored> } = {}): ArtifactFetcher {
    const limits = { timeoutMs: 5000, allowedHosts: ['127.0.0.1'], ...options };
    return artifactFetcher({
      allowedSchemes: options.allowedSchemes ?? ['artifact', 'file', 'http', 'https', 's3'],
      file: fileFetcher(folders),
      store,
      cache: artifactCache(cacheFolder(), { maxBytes: cacheBytes, maxArtifactBytes: MOST }, inUseMs),
      download: downloader(limits),
      downloadFromS3: downloader({ timeoutMs: limits.timeoutMs }),
      s3Request: (uri) => s3Request(uri, s3),
    });
  }
  const serves = (bytes: string, etag?: string): void =>
    server.answer((request, response) => {
      if (etag !== undefined && request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.writeHead(200, etag === undefined ? {} : { etag }).end(bytes);
    });

  describe('by http', () => {
    it('streams them to the cache, hashed, once for all who ask at the same time', async () => {
      const bytes = `PK${'jar'.repeat(300_000)}`;
      serves(bytes);
      const fetch = fetcher();
      const all = await Promise.all([1, 2, 3].map(() => fetch(`${server.url}/job.jar`, JOB)));
      expect(new Set(all.map(({ sha256: hash }) => hash))).to.deep.equal(new Set([sha256(bytes)]));
      expect(readFileSync(all[0]!.path, 'utf8')).to.equal(bytes);
      expect(server.requests).to.have.length(1);
      expect(cached()).to.deep.equal([sha256(bytes)]);
    });

    it('asks again each time, and takes what is unchanged from the cache by its ETag, unless that is a weak one', async () => {
      const fetch = fetcher();
      serves('PK one', '"1"');
      const uri = `${server.url}/job.jar`;
      const [first, second] = [await fetch(uri, JOB), await fetch(uri, JOB)];
      expect(second).to.deep.equal(first);
      expect(server.requests.map(({ headers }) => headers['if-none-match'])).to.deep.equal([undefined, '"1"']);
      serves('PK two', '"2"');
      expect((await fetch(uri, JOB)).sha256).to.equal(sha256('PK two'));
      serves('PK three', 'W/"3"');
      await fetch(uri, JOB);
      await fetch(uri, JOB);
      expect(server.requests.at(-1)?.headers['if-none-match']).to.equal(undefined);
      rmSync(cacheFolder(), { recursive: true });
      serves('PK one', '"1"');
      expect((await fetch(uri, JOB)).sha256).to.equal(sha256('PK one'));
    });

    it('takes what a Job was submitted with, also when the address serves something else now', async () => {
      const fetch = fetcher();
      serves('PK one');
      const { sha256: pinned } = await fetch(`${server.url}/job.jar`, JOB);
      serves('PK two');
      expect((await fetch(`${server.url}/job.jar`, { ...JOB, sha256: pinned })).sha256).to.equal(pinned);
      expect(server.requests).to.have.length(1);
      rmSync(cacheFolder(), { recursive: true });
      expect((await fetch(`${server.url}/job.jar`, { ...JOB, sha256: pinned })).sha256).to.equal(sha256('PK two'));
    });

    it('sends user and password of the URL as a header, and never shows them', async () => {
      server.answer((request, response) => response.writeHead(request.headers.authorization === undefined ? 500 : 403).end());
      const uri = `http://user:pass%20word@127.0.0.1:${server.port}/job.jar`;
      const failure = await failureOf(fetcher()(uri, { ...JOB, shownAs: 'http://user:${pw}@host/job.jar' }));
      expect(server.requests[0]?.headers.authorization).to.equal(`Basic ${Buffer.from('user:pass word').toString('base64')}`);
      expect(server.requests[0]?.url).to.equal('/job.jar');
      expect(failure).to.include('artifactUnavailable: artifact http://user:${pw}@host/job.jar cannot be used').and.not.include('word');
    });

    const answers: [string, Parameters<JarServer['answer']>[0], string][] = [
      [
        'a redirect',
        (_q, r) => r.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
        'artifactUnavailable.*302, a redirect to 169.254.169.254, and redirects are not followed',
      ],
      ['a missing jar', (_q, r) => r.writeHead(404).end(), 'artifactUnavailable.*answers 404: it is not there; put the jar there'],
      ['a refusal', (_q, r) => r.writeHead(401).end(), 'artifactUnavailable.*answers 401: it may not be read'],
      ['a failing server', (_q, r) => r.writeHead(503).end('PK'), 'artifactUnreachable.*answers 503'],
      ['too many requests', (_q, r) => r.writeHead(429).end(), 'artifactUnreachable.*answers 429'],
      ['a page', (_q, r) => r.writeHead(200).end('<html>'), 'artifactUnavailable.*it is not a jar'],
      ['nothing', (_q, r) => r.writeHead(200).end(), 'artifactUnavailable.*it is not a jar'],
      [
        'a body without end',
        (_q, r) => {
          const more = (): void => {
            while (!r.destroyed && r.write(Buffer.alloc(65_536, 'PK')));
            if (!r.destroyed) r.once('drain', more);
          };
          more();
        },
        'artifactUnavailable.*more than 1000000 bytes; make the jar smaller',
      ],
      [
        'fewer bytes than it says',
        (_q, r) => {
          r.writeHead(200, { 'content-length': '1000' });
          r.write('PK', () => r.destroy());
        },
        'artifactUnreachable.*broke off',
      ],
      ['a connection that is cut', (_q, r) => void r.destroy(), 'artifactUnreachable.*broke off'],
      ['no HTTP', (_q, r) => void r.socket?.end('hello\r\n\r\n'), 'artifactUnreachable.*broke off'],
    ];
    for (const [what, answer, failure] of answers) {
      it(`says what is wrong with ${what}, and keeps nothing of it`, async () => {
        server.answer(answer);
        expect(await failureOf(fetcher()(`${server.url}/job.jar`, JOB))).to.match(new RegExp(`^${failure}`));
        expect(cached()).to.deep.equal([]);
      });
    }

    for (const [what, answer] of [
      ['never answers', () => undefined],
      ['stops in the middle', (_q, r) => void r.writeHead(200).write('PK')],
      [
        'sends a byte now and then',
        (_q, r) => {
          r.writeHead(200);
          const timer = setInterval(() => r.write('PK'), 20);
          r.on('close', () => clearInterval(timer));
        },
      ],
    ] as [string, Parameters<JarServer['answer']>[0]][]) {
      it(`gives up a server that ${what}`, async () => {
        server.answer(answer);
        expect(await failureOf(fetcher({ timeoutMs: 200 })(`${server.url}/job.jar`, JOB))).to.match(
          /^artifactUnreachable.*did not send it within 0.2 s; use a nearer place/,
        );
        expect(cached()).to.deep.equal([]);
      });
    }

    it('gives up a server that is not there, and a name that nobody knows', async () => {
      const { url } = server;
      await server.close();
      expect(await failureOf(fetcher()(`${url}/job.jar`, JOB))).to.match(/^artifactUnreachable.*ECONNREFUSED/);
      const resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
      expect(await failureOf(fetcher({ resolve })('http://nobody.example/job.jar', JOB))).to.match(
        /^artifactUnreachable.*name of nobody.example cannot be resolved \(ENOTFOUND\)/,
      );
    });
  });

  describe('from hosts', () => {
    const refused =
      /^artifactUnavailable.* is not one that jars may be fetched from; add the host or its range to drey.artifacts.allowed-hosts/;
    for (const host of ['127.0.0.1', 'localhost', '0x7f.1', '2130706433', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', '10.0.0.1']) {
      it(`refuses ${host} where public addresses are allowed, without asking it`, async () => {
        const fetch = fetcher({ allowedHosts: ['public'] });
        expect(await failureOf(fetch(`http://${host}:${server.port}/job.jar`, JOB))).to.match(refused);
        expect(server.requests).to.deep.equal([]);
      });
    }

    it('refuses a name when one of its addresses is not allowed, and says which', async () => {
      const resolve = () =>
        Promise.resolve([
          { address: '93.184.216.34', family: 4 },
          { address: '10.0.0.7', family: 4 },
        ]);
      expect(await failureOf(fetcher({ allowedHosts: ['public'], resolve })('http://rebound.example/job.jar', JOB)))
        .to.match(refused)
        .and.include('(10.0.0.7)');
    });

    it('resolves a name once, and connects to what was checked', async () => {
      serves('PK');
      const answers = [{ address: '127.0.0.1', family: 4 }];
      let asked = 0;
      const resolve = () => Promise.resolve(asked++ === 0 ? answers : [{ address: '169.254.169.254', family: 4 }]);
      // The system's own resolver does not know this name: a second look-up by the client would fail.
      const fetched = await fetcher({ resolve })(`http://rebinding.invalid:${server.port}/job.jar`, JOB);
      expect([asked, fetched.sha256]).to.deep.equal([1, sha256('PK')]);
      expect(server.requests[0]?.headers.host).to.equal(`rebinding.invalid:${server.port}`);
    });
  });

  describe('by s3', () => {
    const objects = { '/jars/a/b%20c%2B%28d%29%27.jar': 'PK s3' };
    const uri = "s3://jars/a/b c+(d)'.jar";

    it('signs the request, and takes the object by its bucket and key', async () => {
      const s3 = await s3Server(objects);
      try {
        const fetch = fetcher({ s3: { endpoint: `${s3.url}/`, ...S3_KEYS } });
        expect((await fetch(uri, JOB)).sha256).to.equal(sha256('PK s3'));
        expect(await failureOf(fetch('s3://jars/none.jar', JOB))).to.match(/^artifactUnavailable.*answers 404/);
        for (const wrong of [{ secretAccessKey: 'other' }, { region: 'us-east-1' }, { accessKeyId: 'AKIAOTHER' }]) {
          const failure = await failureOf(fetcher({ s3: { endpoint: s3.url, ...S3_KEYS, ...wrong } })(uri, JOB));
          expect(failure)
            .to.match(/^artifactUnavailable.*answers 403: it may not be read/)
            .and.not.include('other');
        }
        expect(await failureOf(fetcher({ s3: { endpoint: s3.url, region: 'r' } })(uri, JOB))).to.include('answers 403');
        expect(s3.requests.at(-1)?.headers.authorization).to.equal(undefined);
      } finally {
        await s3.close();
      }
    });

    it("goes to AWS' own endpoint of the region without one, and to no place outside the bucket", async () => {
      expect((await s3Request('s3://jars/x.jar', { region: 'eu-west-3' })).url.href).to.equal(
        'https://s3.eu-west-3.amazonaws.com/jars/x.jar',
      );
      for (const bad of ['s3://jars', 's3://jars/', 's3://jars/../other/x.jar', 's3://../x.jar', 's3://jars/a/./x.jar']) {
        expect(await failureOf(fetcher()(bad, JOB)), bad).to.include('artifactUnavailable');
      }
    });
  });

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
      rmSync(join(folder, 'store'), { recursive: true });
      expect(await failureOf(fetch(uri, JOB))).to.include('not in drey.artifacts.directory of this daemon');
    });

    it('removes bytes that nobody needs any more, but not what is young, and what a broken upload left', async () => {
      const store = stored();
      const at = (name: string): string => join(folder, 'store', name);
      const age = (name: string): void => utimesSync(at(name), new Date(0), new Date(0));
      await store.upload('default', 'old.jar', chunks('PK old'));
      await store.upload('default', 'named.jar', chunks('PK named'));
      writeFileSync(at('.partial-x'), 'PK');
      await store.upload('default', 'old.jar', chunks('PK new'));
      for (const name of [sha256('PK old'), sha256('PK named'), '.partial-x']) age(name);
      await store.upload('default', 'young.jar', chunks('PK young'));
      await store.remove('default', 'young.jar');
      expect(readdirSync(join(folder, 'store')).sort()).to.deep.equal(['PK named', 'PK new', 'PK young'].map(sha256).sort());
    });

    it('keeps nothing of an upload that breaks off', async () => {
      const store = stored();
      const breaking = async function* () {
        yield await Promise.resolve(Buffer.from('PK'));
        throw new Error('cut');
      };
      const error: unknown = await store.upload('default', 'job.jar', breaking()).catch((thrown: unknown) => thrown);
      expect(String(error)).to.equal('Error: cut');
      expect(readdirSync(join(folder, 'store'))).to.deep.equal([]);
      expect(await store.list('default')).to.deep.equal([]);
    });

    it('says that it cannot be written', async () => {
      writeFileSync(join(folder, 'store'), 'a file where the folder should be');
      expect(await failureOf(stored().upload('default', 'job.jar', chunks('PK')))).to.match(/^unavailable: .*EEXIST|ENOTDIR/);
    });
  });

  describe('as files and by schemes', () => {
    it('bounds files to the folders that are allowed, symbolic links followed', async () => {
      const allowed = join(folder, 'jars');
      mkdirSync(allowed);
      mkdirSync(join(folder, 'jars-of-others'));
      for (const path of ['jars/in.jar', 'out.jar', 'jars-of-others/x.jar']) writeFileSync(join(folder, path), 'PK');
      symlinkSync(join(folder, 'out.jar'), join(allowed, 'link.jar'));
      const fetch = fetcher({ folders: ['/no/such/folder', allowed] });
      expect((await fetch(`file:${allowed}/in.jar`, JOB)).sha256).to.equal(sha256('PK'));
      for (const path of ['out.jar', 'jars/link.jar', 'jars/../out.jar', 'jars-of-others/x.jar']) {
        expect(await failureOf(fetch(`file:${join(folder, 'x')}/../${path}`, JOB)), path).to.include('not in one of the folders');
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
        return (await fetch(`${server.url}/${name}`, JOB)).sha256;
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
      await fetch(`${server.url}/a`, { ...JOB, sha256: a });
      const d = await get('d');
      expect(cached()).to.deep.equal([a, c, d].sort());
    });

    it('says that the cache cannot be written', async () => {
      serves('PK');
      writeFileSync(cacheFolder(), 'a file where the folder should be');
      expect(await failureOf(fetcher()(`${server.url}/job.jar`, JOB))).to.match(/^artifactUnreachable.*the cache .* cannot be written/);
    });
  });

  it('ends its connections', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    server.answer((request, response) => {
      closed = once(request.socket, 'close');
      response.end('PK');
    });
    await fetcher()(`${server.url}/job.jar`, JOB);
    await closed;
  });
});
