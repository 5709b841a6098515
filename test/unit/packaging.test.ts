import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { parse } from 'yaml';
import { load } from '../../config/load.ts';
import { assertGuarded } from '../../src/derived-settings.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const { dependencies, version } = JSON.parse(text('package.json')) as { dependencies: Record<string, string>; version: string };

/** Dockerfile instructions, one stage after the other: `[['COPY', 'bin ./bin'], …]`. */
const stages: [string, string][][] = text('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, ' ')
  .split(/^(?=FROM )/m)
  .filter((stage) => stage.startsWith('FROM '))
  .map((stage) =>
    stage
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line): [string, string] => [line.split(' ', 1)[0]!, line.slice(line.indexOf(' ') + 1).trim()]),
  );
const said = (stage: number, instruction: string): string[] =>
  stages[stage]!.filter(([name]) => name === instruction).map(([, rest]) => rest);

describe('Dockerfile', () => {
  it('builds in one stage and runs from another, on Node 20', () => {
    expect(said(0, 'FROM')).to.deep.equal(['node:20-bookworm-slim AS build']);
    expect(said(1, 'FROM')).to.deep.equal(['node:20-bookworm-slim']);
    expect(stages).to.have.length(2);
    expect(said(0, 'RUN').join('\n')).to.match(/^npm ci .*\nnpm run build && npm prune --omit=dev /);
  });
  it('runs as an account without rights, and Node itself gets the signals', () => {
    expect(said(1, 'USER')).to.deep.equal(['node']);
    expect(JSON.parse(said(1, 'ENTRYPOINT').join())).to.deep.equal(['node', 'bin/drey.js']);
    expect(JSON.parse(said(1, 'CMD').join())).to.deep.equal(['serve']);
  });
  it('asks /healthz by Node, at the port of the defaults', () => {
    expect(said(1, 'HEALTHCHECK').join()).to.match(/ CMD \["node", "bin\/health.js"\]$/);
    const { port } = load({ env: {}, cwd: tmpdir() }).settings.management;
    expect(text('bin/health.js')).to.include(`'${port}'`);
    expect(said(1, 'EXPOSE').join().split(' ')).to.include(String(port));
  });
  it('is healthy while /healthz answers, and not when nobody does', async () => {
    const server = createServer((request, response) => response.writeHead(request.url === '/healthz' ? 200 : 404).end());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const ask = async (): Promise<unknown> => {
      const child = spawn(process.execPath, [join(root, 'bin/health.js')], { env: { ...process.env, DREY_MANAGEMENT_PORT: String(port) } });
      return ((await once(child, 'exit')) as unknown[])[0];
    };
    expect(await ask()).to.equal(0);
    server.close();
    await once(server, 'close');
    expect(await ask()).to.equal(1);
  });
  it('is given only what it copies, and never config/local.yaml', () => {
    const ignore = text('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const copied = stages
      .flat()
      .flatMap(([name, rest]) => (name !== 'COPY' || rest.startsWith('--from') ? [] : rest.split(/\s+/).slice(0, -1)));
    for (const path of copied) {
      expect(existsSync(join(root, path)), path).to.equal(true);
      expect(ignore).to.include(`!${path.split('/', 1)[0]!}`);
    }
    expect(ignore[0]).to.equal('*');
    expect(ignore.indexOf('config/local.yaml')).to.be.greaterThan(ignore.indexOf('!config'));
  });

  describe('its image, put together by its COPY lines', () => {
    let folder = '';
    let built = '';
    let image = '';
    after(() => rmSync(folder, { recursive: true }));

    const copyInto = (target: string, stage: number): void => {
      for (const line of said(stage, 'COPY')) {
        const fromBuild = line.startsWith('--from=build ');
        const paths = line.split(/\s+/).slice(fromBuild ? 1 : 0);
        const to = paths.at(-1)!;
        for (const path of paths.slice(0, -1).filter((one) => !one.endsWith('/node_modules'))) {
          const source = fromBuild ? join(built, path.replace(/^\/drey\//, '')) : join(root, path);
          cpSync(source, to.endsWith('/') ? join(target, to, basename(path)) : join(target, to), { recursive: true });
        }
      }
    };
    /** Without variables of ours, from a working directory that has nothing. */
    const drey = (args: string[], env: Record<string, string> = {}) =>
      promisify(execFile)(process.execPath, [join(image, 'bin/drey.js'), ...args], { cwd: tmpdir(), env });

    before(async function () {
      this.timeout(60_000);
      folder = mkdtempSync(join(tmpdir(), 'drey-image-'));
      [built, image] = [join(folder, 'build'), join(folder, 'image')];
      mkdirSync(built);
      copyInto(built, 0);
      symlinkSync(join(root, 'node_modules'), join(built, 'node_modules'));
      // As `npm run build`, but for the types: `npm run types` checks these.
      const tsc = join(root, 'node_modules/typescript/bin/tsc');
      await promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noCheck'], { cwd: built });
      mkdirSync(image);
      copyInto(image, 1);
      for (const name of Object.keys(dependencies)) {
        const link = join(image, 'node_modules', name);
        mkdirSync(dirname(link), { recursive: true });
        symlinkSync(join(root, 'node_modules', name), link);
      }
    });
    it('starts from dist', async () => expect((await drey(['--version'])).stdout).to.equal(`${version}\n`)).timeout(20_000);
    it('finds its settings and its migrations', async () => {
      const failed: unknown = await drey(['serve'], { DREY_MYSQL_SOCKET_PATH: '/nowhere/mysql.sock' }).catch((error: unknown) => error);
      // It got as far as the database.
      expect(failed)
        .to.have.property('stderr')
        .that.matches(/^drey: the database at \/nowhere\/mysql\.sock cannot be used: .*ENOENT/);
      expect(existsSync(join(image, 'dist/migrations/index.js'))).to.equal(true);
    }).timeout(20_000);
  });
});

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: string | readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

describe('docker-compose.yml', () => {
  const raw = text('docker-compose.yml');
  const { services } = parse(raw.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')) as { services: Record<string, Service> };
  const all = Object.entries(services);
  const environment = Object.entries(services['drey']!.environment ?? {}).map(([name, value]): [string, string] => [name, String(value)]);

  it('has all that Drey works with', () =>
    expect(Object.keys(services)).to.have.members(['drey', 'mysql', 'redis', 'jobmanager', 'taskmanager', 'sql-gateway', 'prometheus']));
  for (const [name, { build, image, healthcheck, depends_on: needs = {}, ports = [], volumes = [] }] of all) {
    it(`${name}: its health is checked, it waits for the health of others, and it is reached from this machine only`, () => {
      expect(healthcheck?.test, 'a health check').to.be.an('array');
      if (build === undefined) expect(image).to.match(/:[\w.-]*\d/);
      for (const [other, { condition }] of Object.entries(needs)) {
        expect(services).to.have.property(other);
        expect(condition).to.equal('service_healthy');
      }
      for (const port of ports) expect(port).to.match(/^127\.0\.0\.1:\d+:\d+$/);
      // ./jars is the user's own.
      for (const [source = ''] of volumes.map((volume) => volume.split(':'))) {
        if (source.startsWith('./') && source !== './jars') expect(existsSync(join(root, source)), source).to.equal(true);
      }
    });
  }
  it('gives every password from outside, with a default whose name says what it is for', () => {
    const passwords = raw.split('\n').filter((line) => /password(?!s)/i.test(line.replace(/#.*/, '')) && !line.includes('RANDOM'));
    for (const line of passwords) expect(line).to.match(/\$\{DREY_(MYSQL|REDIS)_PASSWORD:-only-for-development\}$|--requirepass$/);
    expect(passwords).to.have.length.greaterThan(4);
  });
  it('asks whoever reaches Drey for a token, which is given from outside as well', () => {
    const { settings } = load({ env: Object.fromEntries(environment), cwd: tmpdir() });
    assertGuarded(settings);
    expect(settings.auth).to.include({ enabled: true, bootstrapToken: 'only-for-development' });
    expect(raw).to.include('DREY_AUTH_BOOTSTRAP_TOKEN: ${DREY_AUTH_BOOTSTRAP_TOKEN:-only-for-development}\n');
  });
  it('gives Drey settings that load, and that fit the other services', () => {
    const { settings, warnings } = load({ env: Object.fromEntries(environment), cwd: tmpdir() });
    expect(environment.every(([name]) => /^(DREY|VVP)_/.test(name))).to.equal(true);
    expect(warnings).to.deep.equal([]);
    expect([settings.api.host, settings.management.host]).to.deep.equal(['0.0.0.0', '0.0.0.0']);
    expect(services).to.include.keys(settings.mysql.host, settings.redis.host);
    expect(services['mysql']!.environment).to.include({
      MYSQL_DATABASE: settings.mysql.database,
      MYSQL_USER: settings.mysql.user,
      MYSQL_PASSWORD: settings.mysql.password,
    });
    expect(services['redis']!.command).to.include(settings.redis.password);
    const inside = services['drey']!.ports!.map((port) => Number(port.split(':').at(-1)));
    expect(inside).to.deep.equal([settings.api.port, settings.management.port]);
  });
  it('runs MySQL and Redis as Drey needs them', () => {
    expect(services['mysql']!.command).to.include.members(['--character-set-server=utf8mb4', '--log-bin-trust-function-creators=1']);
    expect([services['redis']!.command].flat().join(' ')).to.include(
      '--maxmemory-policy noeviction --appendonly yes --appendfsync everysec',
    );
  });
  it('has one Flink, whose SQL Gateway submits to its JobManager and is reached by the name of its service', () => {
    const { jobmanager, taskmanager, 'sql-gateway': gateway } = services;
    expect([taskmanager!.image, gateway!.image]).to.deep.equal([jobmanager!.image, jobmanager!.image]);
    expect(gateway!.environment).to.deep.equal(jobmanager!.environment);
    expect(gateway!.command).to.include.members([
      'start-foreground',
      '-Dsql-gateway.endpoint.rest.address=sql-gateway',
      '-Dsql-gateway.endpoint.rest.bind-address=0.0.0.0',
      '-Drest.address=jobmanager',
    ]);
    expect(gateway!.ports!.map((port) => port.split(':').at(-1))).to.deep.equal(['8083']);
  });
  it('has Prometheus scrape the management port of Drey', () => {
    const { scrape_configs: jobs } = parse(text('ops/prometheus/prometheus.yml')) as {
      scrape_configs: { job_name: string; metrics_path?: string; static_configs: { targets: string[] }[] }[];
    };
    const { settings } = load({ env: Object.fromEntries(environment), cwd: tmpdir() });
    expect(jobs.map(({ static_configs: [first] }) => first?.targets)).to.deep.equal([[`drey:${settings.management.port}`]]);
  });
});
