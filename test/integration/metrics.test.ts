import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { Knex } from 'knex';
import { after, before, describe, it } from 'mocha';
import { connect } from '../../src/store/connection.ts';
import { client, deploymentIn, eventually, flinkId, jobIn, type Client } from '../support/client.ts';
import { daemonWorld, type DaemonWorld } from '../support/daemon.ts';
import { flinkSimulator, type FlinkSimulator } from '../support/flink-simulator.ts';

/** What promtool says of an exposition, and its exit code. */
async function promtoolSays(exposition: string): Promise<string> {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(exposition);
  const [[code], out, faults] = await Promise.all([once(child, 'close') as Promise<[number]>, text(child.stdout), text(child.stderr)]);
  return `${out}${faults}exit ${code}`;
}

/** The labels that are asked for, joined, of each series of a metric whose value is not 0; with its value where that is not 1. */
function seriesOf(exposition: string, name: string, labels: readonly string[]): string[] {
  return exposition
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && !line.endsWith(' 0'))
    .map((line) => {
      const value = line.slice(line.lastIndexOf(' ') + 1);
      const found = labels.map((label) => new RegExp(`[{,]${label}="([^"]*)"`).exec(line)?.[1]);
      return [...found, ...(value === '1' ? [] : [value])].join(' ');
    })
    .sort();
}

describe('metrics of a daemon', () => {
  let world: DaemonWorld;
  let flink: FlinkSimulator;
  let api: Client;
  let db: Knex;
  before(async () => {
    [world, flink] = await Promise.all([daemonWorld(), flinkSimulator()]);
    await world.start();
    db = connect({ host: '', port: 0, socketPath: world.mariadb.socketPath, user: world.mariadb.user, database: 'drey', poolSize: 2 });
    api = client(world.apiUrl);
    await api.declareTarget('session', flink.url);
    const jar = join(world.mariadb.folder, 'job.jar');
    writeFileSync(jar, 'PK');
    const jarUri = `file:${jar}`;
    for (const name of ['running', 'cancelled', 'finished', 'failed']) {
      await api.create(name, { target: 'session', jarUri, spec: { maxJobCreationAttempts: 1 } });
    }
    await api.declareTarget('nowhere', 'http://127.0.0.1:9');
    await api.create('waiting', { target: 'nowhere', jarUri });
    const ids = new Map<string, string>();
    for (const name of ['running', 'cancelled', 'finished', 'failed']) ids.set(name, flinkId(await jobIn(api, name, ['STARTED'])));
    await api.patch('cancelled', { state: 'CANCELLED' });
    flink.finish(ids.get('finished')!);
    flink.fail(ids.get('failed')!);
    await deploymentIn(api, 'cancelled', 'CANCELLED');
    await deploymentIn(api, 'finished', 'FINISHED');
    await deploymentIn(api, 'failed', 'FAILED');
  });
  after(async () => {
    await db.destroy();
    await world.stop();
    await flink.close();
  });

  async function scrape(): Promise<{ exposition: string; tookMs: number }> {
    const began = performance.now();
    const answer = await fetch(`${world.managementUrl}/metrics`);
    const exposition = await answer.text();
    expect(answer.status).to.equal(200);
    return { exposition, tookMs: performance.now() - began };
  }
  const rows = async (sql: string): Promise<string[]> => {
    const [found] = (await db.raw(sql)) as [{ line: string }[]];
    return found.map(({ line }) => line).sort();
  };

  it('are what promtool wants them to be', async () => {
    expect(await promtoolSays((await scrape()).exposition)).to.equal('exit 0');
  });

  it('equal the database', async () => {
    const look = async () => {
      const { exposition } = await scrape();
      const shown = [
        seriesOf(exposition, 'drey_jobs', ['state']),
        seriesOf(exposition, 'drey_job_state', ['job_id', 'deployment', 'namespace', 'state']),
        seriesOf(exposition, 'drey_job_flink_state', ['deployment', 'state']),
        seriesOf(exposition, 'drey_job_restarts_total', ['deployment']),
        seriesOf(exposition, 'drey_job_info', ['flink_job_id', 'target']),
        seriesOf(exposition, 'drey_deployment_state', ['deployment', 'namespace', 'state']),
        seriesOf(exposition, 'drey_deployment_desired', ['deployment', 'state']),
      ];
      const stored = await Promise.all(
        [
          `SELECT CONCAT(state, IF(COUNT(*) = 1, '', CONCAT(' ', COUNT(*)))) AS line FROM jobs GROUP BY state`,
          `SELECT CONCAT(REGEXP_REPLACE(LOWER(HEX(id)), '^(.{8})(.{4})(.{4})(.{4})', '\\\\1-\\\\2-\\\\3-\\\\4-'), ' ', deployment_name, ' ', namespace, ' ', state) AS line FROM jobs`,
          `SELECT CONCAT(deployment_name, ' ', flink_word) AS line FROM jobs WHERE flink_word IS NOT NULL`,
          `SELECT CONCAT(deployment_name, IF(restarts = 1, '', CONCAT(' ', restarts))) AS line FROM jobs WHERE restarts > 0`,
          `SELECT CONCAT(LOWER(HEX(j.id)), ' ', t.name) AS line FROM jobs j JOIN deployment_targets t ON t.id = j.target_id`,
          `SELECT CONCAT(name, ' ', namespace, ' ', state) AS line FROM deployments WHERE live = 1`,
          `SELECT CONCAT(name, ' ', JSON_VALUE(spec, '$.state')) AS line FROM deployments WHERE live = 1`,
        ].map(rows),
      );
      return { shown, stored };
    };
    flink.restart(flinkId((await api.jobs('running'))[0]!));
    const { shown, stored } = await eventually(look, (seen) => JSON.stringify(seen.shown) === JSON.stringify(seen.stored), 15_000);
    expect(shown).to.deep.equal(stored);
    expect(shown[0]).to.deep.equal(['FAILED', 'FINISHED', 'STARTED', 'STARTING', 'TERMINATED']);
  });

  it('count transitions, commands and requests to Flink', async () => {
    const { exposition } = await scrape();
    const transitions = seriesOf(exposition, 'drey_job_transitions_total', ['from', 'to']);
    expect(transitions).to.include('NONE STARTING 5').and.to.include('STARTING STARTED 4').and.to.include('TERMINATING TERMINATED');
    expect(seriesOf(exposition, 'drey_job_transition_duration_seconds_count', ['transition'])).to.include('STARTING_TO_STARTED 4');
    const commands = seriesOf(exposition, 'drey_commands_total', ['kind', 'outcome']).map((line) => line.split(' ').slice(0, 2).join(' '));
    expect(commands).to.include.members(['start snoozed', 'probe done', 'sweep done', 'repair done', 'terminate snoozed']);
    const asked = seriesOf(exposition, 'drey_flink_request_duration_seconds_count', ['target', 'endpoint', 'code']).join('\n');
    expect(asked).to.match(/^session GET \/jobs\/overview 200/m);
    expect(asked).to.match(/^session POST \/jars\/:id\/run-application 202/m);
    expect(asked).to.match(/^nowhere GET \S+ refused/m);
    expect(exposition).to.match(/^drey_flink_target_up\{target="nowhere"\} 0$/m);
    expect(seriesOf(exposition, 'drey_flink_target_up', ['target'])).to.deep.equal(['session']);
    expect(seriesOf(exposition, 'drey_target_breaker_state', ['target', 'state'])).to.include('session closed');
    expect(exposition).to.match(/^drey_queue_commands\{kind="sweep",state="delayed"\} [1-9]/m);
  });

  it('tell targets of one name in two namespaces apart', async () => {
    const send = (path: string, body: object) =>
      fetch(new URL(path, world.apiUrl), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    await send('/namespaces/v1/namespaces', { name: 'namespaces/team' });
    await send('/api/v1/namespaces/team/deployment-targets', {
      metadata: { name: 'session' },
      spec: { session: { url: 'http://localhost:1' } },
    });
    const look = async () => (await scrape()).exposition.match(/^drey_strays\{target=".*", ?owner="drey"/gm) ?? [];
    const shown = await eventually(look, (targets) => targets.length === 3, 15_000);
    expect(shown.join('\n')).to.include('target="team/session"').and.to.include('target="session"');
  });

  const away: [string, 'database' | 'queue', 'mariadb' | 'redis', 'drey_jobs' | 'drey_queue_commands'][] = [
    ['Redis', 'queue', 'redis', 'drey_queue_commands'],
    ['the database', 'database', 'mariadb', 'drey_jobs'],
  ];
  for (const [who, dependency, server, name] of away) {
    it(`come within a second while ${who} does not answer, and say so`, async () => {
      world[server].pause();
      try {
        // A thread that runs on another processor may still answer once.
        const isDown = ({ exposition }: { exposition: string }) => exposition.includes(`drey_dependency_up{dependency="${dependency}"} 0`);
        await eventually(scrape, isDown, 20_000);
        const { exposition, tookMs } = await scrape();
        expect(exposition).not.to.include(`\n${name}{`);
        expect(exposition).to.include('drey_commands_total{');
        expect(tookMs).to.be.below(1000);
      } finally {
        world[server].resume();
      }
      await eventually(scrape, ({ exposition }) => exposition.includes(`\n${name}{`), 20_000);
    });
  }
  it('come within a second when the database has gone', async () => {
    await world.mariadb.kill();
    try {
      const { exposition, tookMs } = await scrape();
      expect(exposition).to.include('drey_dependency_up{dependency="database"} 0');
      expect(tookMs).to.be.below(1000);
      expect(await promtoolSays(exposition)).to.equal('exit 0');
    } finally {
      await world.mariadb.start();
    }
    await eventually(scrape, ({ exposition }) => exposition.includes('\ndrey_job_state{'), 20_000);
  });
});
