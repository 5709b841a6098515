import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { parse, stringify } from 'yaml';
import { VERSION_NUMBER } from '../../src/schema/yaml-scalars.ts';
import { testApi, type TestApi } from '../support/api.ts';
import { cli, listen } from '../support/cli.ts';

/** Another name for `deploymentTargetName`, which is what is answered. */
const OTHER_NAME = 'sessionClusterName';

const FOLDER = fileURLToPath(new URL('../fixtures/vvp/', import.meta.url));

interface Manifest {
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

describe("manifests as VVP's clients write them", () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await testApi();
  });
  afterEach(() => api.app.close());

  /** All that may be asked of a Deployment but when: it, its Jobs, and how many events it has. */
  const everythingOf = async (name: string) => {
    const { body } = await api.send('GET', `/deployments/${name}`);
    const of = `?deploymentId=${body.metadata.id}`;
    const [jobs, events] = await Promise.all([api.send('GET', `/jobs${of}`), api.send('GET', `/events${of}`)]);
    return { body, jobs: jobs.body.items, events: events.body.items };
  };

  for (const file of readdirSync(FOLDER).sort()) {
    const text = readFileSync(`${FOLDER}${file}`, 'utf8');
    const manifest = parse(text, { customTags: (tags) => [VERSION_NUMBER, ...tags] }) as Manifest;
    const { name } = manifest.metadata;
    const path = `/deployments/${name}`;

    for (const [language, body] of [
      ['application/yaml', file.endsWith('.yaml') ? text : stringify(manifest)],
      ['application/json', JSON.stringify(manifest)],
    ] as const) {
      it(`${file} by PUT as ${language}: made, with all that it says, and a second time nothing changes`, async () => {
        const put = () => api.send('PUT', path, body, { 'content-type': language });
        const made = await put();
        expect(made.status, made.text).to.equal(201);
        expect(missingIn(made.body.spec, manifest.spec)).to.deep.equal([]);
        const before = await everythingOf(name);
        const again = await put();
        expect([again.status, again.body]).to.deep.equal([200, before.body]);
        expect((await api.send('PATCH', path, body, { 'content-type': language })).body).to.deep.equal(before.body);
        expect(await everythingOf(name)).to.deep.equal(before);
      });
    }

    it(`${file} by POST, and given back as GET gave it`, async () => {
      const made = await api.send('POST', '/deployments', text, { 'content-type': 'application/yaml' });
      expect(made.status, made.text).to.equal(201);
      const before = await everythingOf(name);
      for (const format of ['application/json', 'application/yaml']) {
        const got = await api.send('GET', path, undefined, { accept: format });
        const back = await api.send('PUT', path, got.text, { 'content-type': format });
        expect([back.status, back.body]).to.deep.equal([200, before.body]);
      }
      expect(await everythingOf(name)).to.deep.equal(before);
    });

    it(`${file} by drey apply, and what drey get wrote`, async () => {
      const server = await listen(api);
      const apply = async (stdin: string) => (await cli(server, 'apply -f -', { stdin })).out;
      expect(await cli(server, ['apply', '-f', `${FOLDER}${file}`])).to.include({ code: 0, out: `deployment/${name} created\n` });
      const before = await everythingOf(name);
      expect(await cli(server, ['apply', '-f', `${FOLDER}${file}`])).to.include({ code: 0, out: `deployment/${name} unchanged\n` });
      expect(await apply((await cli(server, `get deployment ${name} -o yaml`)).out)).to.equal(`deployment/${name} unchanged\n`);
      expect(await apply((await cli(server, `get deployment ${name} -o json`)).out)).to.equal(`deployment/${name} unchanged\n`);
      expect(await everythingOf(name)).to.deep.equal(before);
    });
  }

  it('all of them in one file, with their target behind them, are applied in the right order; and again, nothing changes', async () => {
    const server = await listen(api);
    await api.send('DELETE', '/deployment-targets/local');
    const files = readdirSync(FOLDER);
    const target = 'kind: DeploymentTarget\nmetadata: { name: local }\nspec: { session: { url: http://localhost:8081 } }\n';
    const stdin = [...files.map((file) => readFileSync(`${FOLDER}${file}`, 'utf8')), target].join('\n---\n');
    const first = (await cli(server, 'apply -f -', { stdin })).out.trimEnd().split('\n');
    expect(first).to.have.length(files.length + 1);
    expect(first[0]).to.equal('deployment-target/local created');
    expect(first.every((line) => line.endsWith(' created'))).to.equal(true);
    const versions = async () => {
      const lists = await Promise.all(['/deployments', '/deployment-targets'].map((path) => api.send('GET', path)));
      return lists.map(({ body }) => body.items.map(({ metadata }) => metadata));
    };
    const before = await versions();
    const second = (await cli(server, 'apply -f -', { stdin })).out.trimEnd().split('\n');
    expect(second).to.deep.equal(first.map((line) => line.replace(/created$/, 'unchanged')));
    expect(await versions()).to.deep.equal(before);
  });

  it("what is omitted has VVP's defaults", async () => {
    const text = readFileSync(`${FOLDER}minimal.yaml`, 'utf8');
    const { body } = await api.send('POST', '/deployments', text, { 'content-type': 'application/yaml' });
    expect(body.spec).to.deep.include({
      state: 'CANCELLED',
      upgradeStrategy: { kind: 'STATEFUL' },
      restoreStrategy: { kind: 'LATEST_STATE', allowNonRestoredState: false },
      maxJobCreationAttempts: 4,
      maxSavepointCreationAttempts: 4,
    });
    expect(body.spec.template.spec.parallelism).to.equal(1);
  });
});

/** The places of what a manifest says and the answer does not. What stands for "omitted" says nothing; a number may be its text. */
function missingIn(answer: unknown, said: unknown, place = 'spec'): string[] {
  if (said === null || said === '') return [];
  if (typeof said === 'object') {
    const fields = Object.entries(said).filter(([key]) => key !== OTHER_NAME);
    return fields.flatMap(([key, value]) =>
      missingIn(typeof answer === 'object' && answer !== null ? Reflect.get(answer, key) : undefined, value, `${place}.${key}`),
    );
  }
  const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)).toUpperCase();
  if (answer !== undefined && textOf(answer) === textOf(said)) return [];
  return [`${place}: ${JSON.stringify(answer)} and not ${JSON.stringify(said)}`];
}
