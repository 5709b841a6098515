import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { parse } from 'yaml';
import { freePort } from '../../src/embedded/addresses.ts';
import { cells, type Ended } from '../support/cli.ts';
import { client, eventually, type JobView } from '../support/client.ts';
import { daemonWorld, type DaemonWorld } from '../support/daemon.ts';
import { smallJar } from '../support/jar.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/vvp/', import.meta.url));
const NAMES = readdirSync(FOLDER).sort();
const DREY = fileURLToPath(new URL('../../bin/drey.js', import.meta.url));

/** Gives a daemon the manifest in a file; tells in the way's own words what became of it. */
type Apply = (apiUrl: string, file: string) => Promise<string>;

/** The words are those for one that is new, that is there already, and that is there and changes. */
const WAYS: readonly { way: string; apply: Apply; words: readonly [string, string, string] }[] = [
  { way: 'curl', apply: byCurl, words: ['201', '200', '200'] },
  { way: 'drey apply', apply: byCommandLine, words: ['created', 'unchanged', 'configured'] },
];

for (const { way, apply, words } of WAYS) {
  const [CREATED, UNCHANGED, CHANGED] = words;

  describe(`manifests as VVP's clients write them, by ${way}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'drey-test-manifests-'));
    const { jarUri, removeJar } = smallJar();
    let world: DaemonWorld;
    before(async () => {
      // As they are, but for the jars, which have to be there.
      for (const name of NAMES) {
        const text = readFileSync(join(FOLDER, name), 'utf8');
        writeFileSync(join(folder, name), text.replaceAll(/file:\/\/\/jobs\/[\w-]+\.jar/g, jarUri));
      }
      world = await daemonWorld();
      await world.start();
      // Nobody answers there: a Job of a Deployment that is to run waits for its cluster.
      await client(world.apiUrl).declareTarget('local', `http://127.0.0.1:${await freePort()}`);
    });
    after(async () => {
      await world.stop();
      removeJar();
      rmSync(folder, { recursive: true, force: true });
    });

    const list = async <T>(path: string): Promise<readonly T[]> => {
      const response = await fetch(`${world.apiUrl}/api/v1/namespaces/default${path}`);
      return ((await response.json()) as { items: T[] }).items;
    };
    const applyAll = async (applyOne: Apply): Promise<string[]> => {
      const told: string[] = [];
      for (const name of NAMES) told.push(await applyOne(world.apiUrl, join(folder, name)));
      return told;
    };
    /** All that there is; of a Job, what it waits for is told in changing words, without a new version. */
    const everything = async () => ({
      deployments: await list('/deployments'),
      jobs: (await list<JobView>('/jobs')).map(({ metadata, spec, status: { state } }) => ({ metadata, spec, state })),
      events: await list('/events'),
    });

    it('make what they say, and a second time change nothing', async () => {
      expect(await applyAll(apply)).to.deep.equal(NAMES.map(() => CREATED));
      const wanted = await list<{ spec: { state: string } }>('/deployments');
      expect(wanted).to.have.length(NAMES.length);
      const toRun = wanted.filter(({ spec }) => spec.state === 'RUNNING').length;
      await eventually(
        () => list<JobView>('/jobs'),
        (jobs) => jobs.length === toRun && jobs.every(({ status }) => status.starting?.waitingFor !== undefined),
      );
      const before = await everything();
      expect(await applyAll(apply)).to.deep.equal(NAMES.map(() => UNCHANGED));
      expect(await everything()).to.deep.equal(before);
      // Nor does what somebody else sends of them.
      expect(await applyAll(byCurl)).to.deep.equal(NAMES.map(() => '200'));
      expect(await everything()).to.deep.equal(before);
    });

    it('changed, make Jobs that who knows deploymentId alone finds, oldest spec to newest, and compares', async () => {
      const original = readFileSync(join(folder, 'stateless.yaml'), 'utf8');
      const file = join(folder, 'changed.yaml');
      const { metadata } = await client(world.apiUrl).deployment(nameIn(original));
      const jobs = () => list<JobView>(`/jobs?deploymentId=${metadata.id}`);
      const wider = original.replace('parallelism: 2\n', 'parallelism: 4\n');
      const texts = [wider, wider.replace('execution.buffer-timeout: 0', 'state.backend.type: rocksdb')];
      for (const [index, text] of texts.entries()) {
        writeFileSync(file, text);
        expect(await apply(world.apiUrl, file)).to.equal(CHANGED);
        await eventually(jobs, (all) => all.length === index + 2);
      }
      const all = await jobs();
      expect(all.map(({ spec, status }) => [spec.parallelism, status.state])).to.deep.equal([
        [2, 'TERMINATED'],
        [4, 'TERMINATED'],
        [4, 'STARTING'],
      ]);
      const [first, second, third] = all.map(({ metadata }) => metadata.id) as [string, string, string];
      const differences = async (one: string, other: string) => {
        const { code, out, err } = await drey(world.apiUrl, 'diff', one, other);
        return { code, err, fields: cells(out).slice(1) };
      };
      expect(await differences(first, second)).to.deep.equal({ code: 1, err: '', fields: [['parallelism', '2', '4']] });
      expect((await differences(first, third)).fields).to.deep.equal([
        ['parallelism', '2', '4'],
        ['flinkConfiguration.execution.buffer-timeout', '0', '-'],
        ['flinkConfiguration.state.backend.type', '-', 'rocksdb'],
      ]);
      expect(await drey(world.apiUrl, 'diff', third, third)).to.include({ code: 0 });
    });
  });
}

const nameIn = (text: string): string => (parse(text) as { metadata: { name: string } }).metadata.name;

/** The HTTP status. A machine without curl sends the same by itself. */
async function byCurl(apiUrl: string, file: string): Promise<string> {
  const text = readFileSync(file, 'utf8');
  const url = `${apiUrl}/api/v1/namespaces/default/deployments/${nameIn(text)}`;
  const type = 'content-type: application/yaml';
  const { code, out } = await ended('curl', ['-sS', '-X', 'PUT', '-H', type, '--data-binary', `@${file}`, '-w', '\n%{http_code}', url]);
  if (code === 'ENOENT') {
    const headers = { 'content-type': 'application/yaml' };
    return String((await fetch(url, { method: 'PUT', headers, body: text })).status);
  }
  return out.slice(out.lastIndexOf('\n') + 1);
}

/** Its last word; or why it failed. */
async function byCommandLine(apiUrl: string, file: string): Promise<string> {
  const { code, out, err } = await drey(apiUrl, 'apply', '-f', file);
  return code === 0 ? out.trimEnd().replace(/.* /, '') : err;
}

const drey = (apiUrl: string, ...args: readonly string[]) => ended(process.execPath, [DREY, ...args, '--server', apiUrl]);

function ended(program: string, args: readonly string[]): Promise<Omit<Ended, 'code'> & { readonly code: number | string }> {
  return new Promise((resolve) => {
    execFile(program, args, (error, out, err) => resolve({ code: error?.code ?? 0, out, err }));
  });
}
