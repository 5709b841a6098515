import { expect } from 'chai';
import { describe, it } from 'mocha';
import { age, humanDuration } from '../../src/cli/age.ts';
import { testApi } from '../support/api.ts';
import { cli, listen } from '../support/cli.ts';
import { fakeServer } from '../support/fake-server.ts';

describe('the command line and its server', () => {
  it('ends with a code of its own for each kind of refusal, and one line with the message', async () => {
    const codes: [number, number][] = [
      [400, 1],
      [401, 4],
      [403, 4],
      [404, 1],
      [409, 1],
      [500, 1],
      [502, 5],
      [503, 5],
    ];
    for (const [status, code] of codes) {
      const fake = await fakeServer({ 'GET /jobs': { status, body: { kind: 'Error', message: 'first line\n  second line' } } });
      expect(await cli(fake.url, 'get jobs'), String(status)).to.deep.equal({ code, out: '', err: 'drey: first line second line\n' });
      await fake.close();
    }
  });

  it('says when what answers is not Drey', async () => {
    const fake = await fakeServer({ 'GET /jobs': { body: '<html>' }, 'GET /deployments': { status: 502, body: '<html>' } });
    expect(await cli(fake.url, 'get jobs')).to.include({
      code: 1,
      err: `drey: ${fake.url}/api/v1/namespaces/default/jobs does not answer as Drey does; check --server\n`,
    });
    expect(await cli(fake.url, 'get deployments')).to.include({
      code: 5,
      err: `drey: ${fake.url}/api/v1/namespaces/default/deployments answered 502 Bad Gateway\n`,
    });
    await fake.close();
    const ended = await cli(fake.url, 'get jobs');
    expect(ended).to.include({ code: 5, out: '' });
    expect(ended.err).to.match(/^drey: http:\/\/127\.0\.0\.1:\d+ cannot be reached: [^\n]+\n$/);
  });

  it('is named by --server, before or behind the command, or by DREY_SERVER; so is the namespace', async () => {
    const api = await testApi();
    const server = await listen(api);
    for (const line of [`--server ${server} get dt -o name`, `get dt -o name --server ${server}/`]) {
      expect(await cli('http://127.0.0.1:1', line)).to.include({ code: 0, out: 'deployment-target/local\n' });
    }
    expect((await cli(server, 'get dt -n other')).err).to.match(/^drey: there is no namespace "other"$/m);
    await api.app.close();
    expect(await cli('localhost:8080', 'get jobs')).to.include({
      code: 2,
      err: 'drey: --server: "localhost:8080" is not a URL; write it as http://host:8080\n',
    });
  });

  it('shows its help and version (0), and help on stderr where a command is missing (2)', async () => {
    const help = await cli('', '--help');
    expect(help).to.include({ code: 0, err: '' });
    for (const word of ['get', 'apply', 'describe', 'cancel', 'start', 'delete', 'wait', 'retention', 'strays', 'abandon', 'migrate']) {
      expect(help.out).to.match(new RegExp(`^ {2}${word}\\b`, 'm'));
    }
    expect(help.out).to.include('Exit codes: 0 reached, 1 failed, 2 usage, 3 timeout');
    expect((await cli('', 'get --help')).out).to.include('--server <url>');
    expect(await cli('', '--version')).to.deep.equal({ code: 0, out: '1.2.3\n', err: '' });
    expect(await cli('', [])).to.include({ code: 2, out: '' });
  });
});

describe('ages', () => {
  const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];
  const spans: [number, string][] = [
    [-5 * second, '0s'],
    [0, '0s'],
    [5.9 * second, '5s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [3 * minute + 12 * second, '3m12s'],
    [10 * minute + 12 * second, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [7 * hour + 30 * minute, '7h30m'],
    [8 * hour + 30 * minute, '8h'],
    [47 * hour, '47h'],
    [2 * day, '2d'],
    [3 * day + 4 * hour, '3d4h'],
    [8 * day + 4 * hour, '8d'],
    [400 * day, '400d'],
  ];
  for (const [ms, text] of spans) it(`${ms} ms is ${text}`, () => expect(humanDuration(ms)).to.equal(text));

  it('of a time that there is not is a dash', () => expect(age(undefined, 0)).to.equal('-'));
});
