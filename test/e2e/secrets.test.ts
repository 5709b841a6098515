import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { canaries, canariesIn, databaseDump, redisDump, type Canary } from '../support/canaries.ts';
import { cli } from '../support/cli.ts';
import { deploymentIn, eventually, flinkId, flinkJobs, jobIn, type Client } from '../support/client.ts';
import { flinkWorld } from '../support/flink-world.ts';

for (const version of ['2.3.0', '1.20.0'] as const) {
  describe(`fifty secrets on Flink ${version}`, () => {
    const world = flinkWorld(
      { version, slots: 4, withGateway: true },
      {
        DREY_SECRETS_KEY: randomBytes(32).toString('base64'),
        DREY_LOG_LEVEL: 'trace',
        DREY_PROBE_RESTART_COUNT_INTERVAL: '1s',
      },
    );
    const all = canaries(50);
    const rest = [...all];
    /** One that was not used yet, as a spec names it. */
    const next = (): Canary & { readonly ref: string } => {
      const canary = rest.shift()!;
      return { ...canary, ref: `\${${canary.name}}` };
    };
    const send = async (method: string, path: string, body?: object): Promise<string> => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const response = await fetch(`${world.daemon.apiUrl}${path.startsWith('/api') ? path : `/api/v1/namespaces/default${path}`}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
      return text;
    };
    const set = ({ name, value }: Canary) => send('PUT', `/secret-values/${name}`, { spec: { kind: 'PLAIN', value } });
    before(() => Promise.all(all.map(set)));
    type Options = Partial<Parameters<Client['create']>[1]>;
    const create = (name: string, options: Options) =>
      world.api.create(name, { target: 'session', jarUri: `file:${world.flink.jarPath}`, spec: { maxJobCreationAttempts: 1 }, ...options });
    const failureOf = async (name: string): Promise<string> => {
      const { status } = await jobIn(world.api, name, ['FAILED', 'STARTED', 'FINISHED']);
      return `${status.failure?.reason ?? status.state}: ${status.failure?.message ?? ''}`;
    };

    it('reach Flink, which runs with them', async () => {
      const [title, folder] = [next(), next()];
      const options = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`canary.${i}`, next().ref]));
      const secretPath = join(world.flink.folder, folder.value);
      mkdirSync(secretPath);
      copyFileSync(world.flink.jarPath, join(secretPath, 'job.jar'));
      await send('PUT', '/deployment-defaults', { spec: { template: { spec: { flinkConfiguration: { 'canary.default': next().ref } } } } });
      await create('running', {
        jarUri: `file:${world.flink.folder}/${folder.ref}/job.jar`,
        mainArgs: `--name ${title.ref} --uid \${secret_values.${next().name}} --rate 10 --checkpoint-seconds 1`,
        flinkConfiguration: {
          ...options,
          'state.checkpoints.dir': `file:${world.flink.folder}/${folder.ref}`,
          'execution.checkpointing.dir': `file:${world.flink.folder}/${folder.ref}`,
        },
      });
      const job = await jobIn(world.api, 'running', ['STARTED', 'FAILED']);
      expect(job.status.failure).to.equal(undefined);
      const overview = (await flinkJobs(world.flink.restUrl)) as readonly { readonly jid: string; readonly name?: string }[];
      expect(overview.find(({ jid }) => jid === flinkId(job))).to.include({ name: title.value });
      const [seen] = await eventually(
        () => world.api.jobs('running') as Promise<readonly { status: { started?: { checkpoints?: { lastPath?: string } } } }[]>,
        ([one]) => one?.status.started?.checkpoints?.lastPath !== undefined,
      );
      expect(seen?.status.started?.checkpoints?.lastPath).to.include(`${world.flink.folder}/${folder.ref}/`);
    });

    it('are named, not told, where main() throws with its arguments', async () => {
      const [word, number, long, rate] = [next(), next(), next(), next()];
      await create('word', { mainArgs: word.ref });
      expect(await failureOf('word')).to.equal(
        `SubmissionRefused: java.lang.IllegalArgumentException: expected --option, got: ${word.ref}`,
      );
      await create('number', { mainArgs: `--rate ${number.ref}` });
      expect(await failureOf('number')).to.include(`For input string: "${number.ref}"`);
      // The message is cut in the middle of the value.
      await create('long', { mainArgs: `${'x'.repeat(920)}${long.ref}` });
      expect(await failureOf('long')).to.match(/xxx\$\{canary_\d+\} …$/);
      // Another value is set while main() still runs with this one.
      await create('rotated', { mainArgs: `--slow-start-seconds 5 --rate ${rate.ref}` });
      await eventually(
        () => world.daemon.rows<{ submission: string }>("SELECT submission FROM jobs WHERE deployment_name = 'rotated'"),
        ([row]) => row?.submission === 'inDoubt',
      );
      await set({ ...rate, value: 'another value' });
      expect(await failureOf('rotated')).to.include(`For input string: "${rate.ref}"`);
    });

    it('are named, not told, where Flink refuses a value, and where there is no such jar', async () => {
      const options = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`canary.${i}`, next().ref]));
      const wrong = next();
      await create('refused', { flinkConfiguration: { ...options, 'execution.checkpointing.interval': wrong.ref } });
      expect(await failureOf('refused')).to.include(wrong.ref);
      const jar = next();
      await create('nojar', { jarUri: `file:/no/${jar.ref}.jar` });
      expect(await failureOf('nojar')).to.match(/^ArtifactUnavailable: .*file:\/no\/\$\{canary_\d+\}\.jar/);
    });

    it('reach the tables and options of a script, and are named where a script is wrong', async () => {
      const [printed, option, wrong, unknown, checked] = [next(), next(), next(), next(), next()];
      const source = "CREATE TABLE src (name STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '1');";
      await world.api.createSql(
        'script',
        `${source}
        CREATE TABLE snk (name STRING) WITH ('connector' = 'print', 'print-identifier' = 'it is ${printed.ref}');
        INSERT INTO snk SELECT name FROM src WHERE name <> '${printed.ref}'`,
        { flinkConfiguration: { 'canary.sql': option.ref } },
      );
      const job = await jobIn(world.api, 'script', ['STARTED', 'FAILED']);
      expect(job.status.state, job.status.failure?.message).to.equal('STARTED');
      expect(job.status.sinkTables?.[0]?.properties).to.deep.equal({ connector: 'print', 'print-identifier': `it is ${printed.ref}` });
      await eventually(
        () => Promise.resolve(readFileSync(world.flink.taskManager().logFile, 'utf8')),
        (log) => log.includes(`it is ${printed.value}`),
      );
      await world.api.patch('script', { state: 'CANCELLED' });

      await world.api.createSql(
        'wrong-script',
        `${source}
        CREATE TABLE snk (name STRING) WITH ('connector' = 'blackhole', 'odd-option' = '${wrong.ref}');
        INSERT INTO snk SELECT name FROM src`,
        { spec: { maxJobCreationAttempts: 1 } },
      );
      expect(await failureOf('wrong-script')).to.match(/^ScriptRefused: statement 3 .*odd-option/s);
      const connector = `${source} CREATE TABLE snk (name STRING) WITH ('connector' = '${unknown.ref}'); INSERT INTO snk SELECT name FROM src`;
      await world.api.createSql('unknown-connector', connector, { spec: { maxJobCreationAttempts: 1 } });
      expect(await failureOf('unknown-connector')).to.include(`Could not find any factory for identifier '${unknown.ref}'`);
      const check = await cli(world.daemon.apiUrl, 'sql check -', { stdin: connector.replace(unknown.ref, checked.ref) });
      expect(check.out).to.include(`identifier '${checked.ref}'`);
      expect(canariesIn(check.out + check.err, all)).to.deep.equal([]);
    });

    it('that are missing fail the Job with the remedy, before anything is sent', async () => {
      await create('missing', { mainArgs: '--name ${not_there}' });
      expect(await failureOf('missing')).to.match(/^SecretMissing: there is no SecretValue "not_there" .*drey secret set not_there/);
      const [row] = await world.daemon.rows<{ attempt: number }>("SELECT attempt FROM jobs WHERE deployment_name = 'missing'");
      expect(row?.attempt).to.equal(0);
    });

    it('are told by nothing', async () => {
      const last = next();
      const others = rest.splice(0).map(({ name }, i): [string, string] => [`canary.rest.${i}`, `\${${name}}`]);
      await create('many', { mainArgs: `--poison-main --x ${last.ref}`, flinkConfiguration: Object.fromEntries(others) });
      await deploymentIn(world.api, 'many', 'FAILED');
      const names = [
        'running',
        'script',
        'wrong-script',
        'unknown-connector',
        'word',
        'number',
        'long',
        'rotated',
        'refused',
        'nojar',
        'missing',
        'many',
      ];
      const jobs = await Promise.all(names.map((name) => world.api.jobs(name)));
      const paths = [
        ...['/api/openapi.json', '/api/v1/status', '/api/v1/retention/plan', '/api/v1/global-deployment-defaults'],
        ...['/deployments', '/jobs', '/events?limit=5000', '/deployment-targets', '/strays', '/secret-values', '/deployment-defaults'],
        ...names.map((name) => `/deployments/${name}`),
        ...jobs.flat().map(({ metadata }) => `/jobs/${metadata.id}`),
        ...all.map(({ name }) => `/secret-values/${name}`),
      ];
      const described = await Promise.all(names.map((name) => cli(world.daemon.apiUrl, `describe deployment ${name}`)));
      const told: Record<string, string> = {
        log: world.daemon.log(),
        database: await databaseDump(world.daemon),
        redis: await redisDump(world.daemon.redis.socketPath),
        metrics: await (await fetch(`${world.daemon.managementUrl}/metrics`)).text(),
        commandLine: described.map(({ out, err }) => out + err).join('\n'),
        ...Object.fromEntries(await Promise.all(paths.map(async (path): Promise<[string, string]> => [path, await send('GET', path)]))),
      };
      // What is searched is really there.
      expect(told['log']).to.include('"to":"FAILED"');
      expect(told['database']).to.include('SubmissionRefused').and.include('v1.');
      expect(told['redis']).to.include('drey');
      expect(told['metrics']).to.include('drey_job_state');
      for (const [place, text] of Object.entries(told)) expect(canariesIn(text, all), place).to.deep.equal([]);
      expect(canariesIn(JSON.stringify(all), all)).to.have.length(50);
    });
  });
}
