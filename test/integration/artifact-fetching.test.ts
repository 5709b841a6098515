import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { s3Request } from '../../src/artifacts/s3.ts';
import { fetchingWorld, JOB, sha256 } from '../support/fetching-world.ts';
import type { JarServer } from '../support/jar-server.ts';
import { S3_KEYS, s3Server } from '../support/s3-server.ts';
import { failureOf } from '../support/session-world.ts';

describe('fetching jars', () => {
  const { server, cacheFolder, cached, fetcher, serves } = fetchingWorld();

  describe('by http', () => {
    it('streams them to the cache, hashed, once for all who ask at the same time', async () => {
      const bytes = `PK${'jar'.repeat(300_000)}`;
      serves(bytes);
      const fetch = fetcher();
      const all = await Promise.all([1, 2, 3].map(() => fetch(`${server().url}/job.jar`, JOB)));
      expect(new Set(all.map(({ sha256: hash }) => hash))).to.deep.equal(new Set([sha256(bytes)]));
      expect(readFileSync(all[0]!.path, 'utf8')).to.equal(bytes);
      expect(server().requests).to.have.length(1);
      expect(cached()).to.deep.equal([sha256(bytes)]);
    });

    it('asks again each time, and takes what is unchanged from the cache by its ETag, unless that is a weak one', async () => {
      const fetch = fetcher();
      serves('PK one', '"1"');
      const uri = `${server().url}/job.jar`;
      const [first, second] = [await fetch(uri, JOB), await fetch(uri, JOB)];
      expect(second).to.deep.equal(first);
      expect(server().requests.map(({ headers }) => headers['if-none-match'])).to.deep.equal([undefined, '"1"']);
      serves('PK two', '"2"');
      expect((await fetch(uri, JOB)).sha256).to.equal(sha256('PK two'));
      serves('PK three', 'W/"3"');
      await fetch(uri, JOB);
      await fetch(uri, JOB);
      expect(server().requests.at(-1)?.headers['if-none-match']).to.equal(undefined);
      rmSync(cacheFolder(), { recursive: true });
      serves('PK one', '"1"');
      expect((await fetch(uri, JOB)).sha256).to.equal(sha256('PK one'));
    });

    it('takes what a Job was submitted with, also when the address serves something else now', async () => {
      const fetch = fetcher();
      serves('PK one');
      const { sha256: pinned } = await fetch(`${server().url}/job.jar`, JOB);
      serves('PK two');
      expect((await fetch(`${server().url}/job.jar`, { ...JOB, sha256: pinned })).sha256).to.equal(pinned);
      expect(server().requests).to.have.length(1);
      rmSync(cacheFolder(), { recursive: true });
      expect((await fetch(`${server().url}/job.jar`, { ...JOB, sha256: pinned })).sha256).to.equal(sha256('PK two'));
    });

    it('sends user and password of the URL as a header, and never shows them', async () => {
      server().answer((request, response) => response.writeHead(request.headers.authorization === undefined ? 500 : 403).end());
      const uri = `http://user:pass%20word@127.0.0.1:${server().port}/job.jar`;
      const failure = await failureOf(fetcher()(uri, { ...JOB, shownAs: 'http://user:${pw}@host/job.jar' }));
      expect(server().requests[0]?.headers.authorization).to.equal(`Basic ${Buffer.from('user:pass word').toString('base64')}`);
      expect(server().requests[0]?.url).to.equal('/job.jar');
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
        server().answer(answer);
        expect(await failureOf(fetcher()(`${server().url}/job.jar`, JOB))).to.match(new RegExp(`^${failure}`));
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
        server().answer(answer);
        expect(await failureOf(fetcher({ timeoutMs: 200 })(`${server().url}/job.jar`, JOB))).to.match(
          /^artifactUnreachable.*did not send it within 0.2 s; use a nearer place/,
        );
        expect(cached()).to.deep.equal([]);
      });
    }

    it('gives up a server that is not there, and a name that nobody knows', async () => {
      const { url } = server();
      await server().close();
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
        expect(await failureOf(fetch(`http://${host}:${server().port}/job.jar`, JOB))).to.match(refused);
        expect(server().requests).to.deep.equal([]);
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
      const fetched = await fetcher({ resolve })(`http://rebinding.invalid:${server().port}/job.jar`, JOB);
      expect([asked, fetched.sha256]).to.deep.equal([1, sha256('PK')]);
      expect(server().requests[0]?.headers.host).to.equal(`rebinding.invalid:${server().port}`);
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

  it('ends its connections', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    server().answer((request, response) => {
      closed = once(request.socket, 'close');
      response.end('PK');
    });
    await fetcher()(`${server().url}/job.jar`, JOB);
    await closed;
  });
});
