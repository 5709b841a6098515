import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { declareExamples } from '../../src/embedded/examples.ts';
import type { OwnDaemon } from '../../src/embedded/own-daemon.ts';
import { watchDeployments } from '../../src/embedded/watch-deployments.ts';
import { accessWorld, ADMIN_TOKEN } from '../support/access-world.ts';
import { testApi, type TestApi } from '../support/api.ts';
import { listen } from '../support/cli.ts';

const OURS = { flinkUrl: 'http://localhost:8081', gatewayUrl: 'http://localhost:8083', jarPath: '/x.jar' };

const refusalOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

describe('the examples of npm start', () => {
  let api: TestApi;
  let daemon: OwnDaemon;
  beforeEach(async () => {
    api = await testApi();
    await api.send('DELETE', '/deployment-targets/local');
    daemon = { apiUrl: await listen(api), signal: AbortSignal.timeout(10_000) };
  });
  afterEach(() => api.app.close());

  const declareTarget = (name: string, session: object) =>
    api.send('POST', '/deployment-targets', { metadata: { name }, spec: { session } });
  const targetOf = async (name: string) => (await api.store.deployment('default', name))?.spec.deploymentTargetName;

  it('are a jar and a script on the target local, and may be there already', async () => {
    const declared = { deployments: ['example', 'example-sql'], sqlTarget: 'local' };
    expect(await declareExamples(daemon, OURS)).to.deep.equal(declared);
    expect(await declareExamples(daemon, OURS)).to.deep.equal(declared);
    expect([await targetOf('example'), await targetOf('example-sql')]).to.deep.equal(['local', 'local']);
    const kinds = (await api.store.deployments('default')).map(({ spec }) => spec.template.spec.artifact.kind);
    expect(kinds).to.have.members(['JAR', 'SQLSCRIPT']);
  });

  it('are declared with the token where the daemon wants one', async () => {
    const { api: guarded } = await accessWorld();
    const apiUrl = await listen(guarded);
    try {
      const { signal } = daemon;
      expect(await refusalOf(declareExamples({ apiUrl, signal }, OURS))).to.match(/answered with 401/);
      await declareExamples({ apiUrl, token: ADMIN_TOKEN, signal }, OURS);
      expect(await guarded.store.deployment('default', 'example-sql')).to.not.equal(undefined);
    } finally {
      await guarded.app.close();
    }
  });

  it('have a target with a SQL Gateway of their own where an earlier release made local', async () => {
    await declareTarget('local', { url: OURS.flinkUrl });
    const declared = { deployments: ['example', 'example-sql'], sqlTarget: 'local-sql' };
    expect(await declareExamples(daemon, OURS)).to.deep.equal(declared);
    expect(await declareExamples(daemon, OURS)).to.deep.equal(declared);
    expect([await targetOf('example'), await targetOf('example-sql')]).to.deep.equal(['local', 'local-sql']);
  });

  const elsewhere: [string, string, object, string][] = [
    [
      'Flink',
      'local',
      { url: 'http://localhost:9000' },
      'the target local of this folder has Flink at http://localhost:9000, which never changes, and now that is at http://localhost:8081: ' +
        'start with that --flink-port, or remove the folder .drey to begin anew',
    ],
    [
      'the SQL Gateway',
      'local',
      { url: OURS.flinkUrl, sqlGatewayUrl: 'http://localhost:9001' },
      'the target local of this folder has its SQL Gateway at http://localhost:9001, which never changes, and now that is at ' +
        'http://localhost:8083: start with that --sql-gateway-port, or remove the folder .drey to begin anew',
    ],
    [
      'the SQL Gateway of the second target',
      'local-sql',
      { url: OURS.flinkUrl, sqlGatewayUrl: 'http://localhost:9001' },
      'the target local-sql of this folder has its SQL Gateway at http://localhost:9001, which never changes, and now that is at ' +
        'http://localhost:8083: start with that --sql-gateway-port, or remove the folder .drey to begin anew',
    ],
  ];
  for (const [what, name, session, told] of elsewhere) {
    it(`are not declared where ${what} was at another port`, async () => {
      if (name !== 'local') await declareTarget('local', { url: OURS.flinkUrl });
      await declareTarget(name, session);
      expect(await refusalOf(declareExamples(daemon, OURS))).to.equal(told);
      expect(await targetOf('example')).to.equal(undefined);
    });
  }

  /** What is told of the examples until there was enough of it. */
  const watched = async (isLive: boolean, enough: (said: readonly string[]) => Promise<boolean>): Promise<readonly string[]> => {
    const { deployments } = await declareExamples(daemon, OURS);
    const said: string[] = [];
    const told = new AbortController();
    const tell = async (lines: readonly string[]): Promise<void> => {
      said.push(...lines);
      if (await enough(said)) told.abort();
    };
    const screen = {
      isLive,
      say: (text: string) => void tell([text.replace(/^\S+Z /, '')]),
      show: (lines: readonly string[]) => void tell(lines),
      follow: <T>(_title: string, work: Promise<T>) => work,
    };
    await watchDeployments({ ...daemon, signal: told.signal }, deployments, screen);
    return said;
  };
  const jobOf = async (name: string) => {
    const deployment = await api.store.deployment('default', name);
    return (await api.store.jobs('default', {})).find(({ deploymentId }) => deploymentId === deployment?.id)?.id ?? '';
  };

  it('are shown one below the other on a terminal', async () => {
    expect(await watched(true, () => Promise.resolve(true))).to.deep.equal([
      '',
      'Deployment example  TRANSITIONING (wanted: RUNNING)',
      `Job ${await jobOf('example')}  STARTING`,
      '',
      'Deployment example-sql  TRANSITIONING (wanted: RUNNING)',
      `Job ${await jobOf('example-sql')}  STARTING`,
    ]);
  });

  it('are told elsewhere whenever one of them changed, and that alone', async () => {
    const said = await watched(false, async ({ length }) => {
      if (length === 2) await api.send('PATCH', '/deployments/example-sql', { spec: { state: 'CANCELLED' } });
      return length > 2;
    });
    expect(said).to.have.length(3);
    expect(said[2]).to.match(/^Deployment example-sql {2}.*CANCELLED/);
  });

  it('are told about once when the daemon does not answer', async () => {
    const said = await watched(false, async ({ length }) => {
      if (length === 2) await api.app.close();
      return length > 2;
    });
    expect(said.slice(2)).to.have.length(1);
    expect(said[2]).to.match(/^drey serve does not answer: /);
  });
});
