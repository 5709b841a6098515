import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Observation } from '../../src/domain/observation.ts';
import { seenOf } from '../../src/domain/sighting.ts';
import { manifest, testApi } from '../support/api.ts';
import { cli, listen } from '../support/cli.ts';
import { after, MINUTE } from '../support/factories.ts';
import { memoryStore } from '../support/memory-store.ts';

describe('conditions in the API', () => {
  it('JobFailing is True after three restarts, and False 10 minutes later without any write; describe tells both', async () => {
    let now = 0;
    const api = await testApi(memoryStore(() => after(now)));
    const server = await listen(api);
    await api.post(manifest('one', { state: 'RUNNING' }));
    const [job] = await api.store.jobs('default', {});
    await api.store.change(job!.deploymentId, ({ deployment }) => ({
      deployment: { ...deployment, state: 'RUNNING' },
      jobs: [{ ...job!, state: 'STARTED', startedAt: after(0), submission: 'settled', fingerprint: 'jm-1' }],
      events: [],
    }));
    const look = (restarts: number): Observation => ({
      kind: 'found',
      endpoint: 'GET /jobs/overview',
      fingerprint: 'jm-1',
      word: 'RUNNING',
      startedAtMs: 1,
      tasksReady: true,
      restarts,
    });
    for (const restarts of [1, 2, 3, 3]) {
      now += MINUTE;
      const row = (await api.store.job(job!.id))!.job;
      expect(await api.store.recordSightings([{ job: row, seen: seenOf(row, look(restarts), after(now)), ageMs: () => 0 }])).to.equal(1);
    }
    const before = await api.send('GET', '/deployments/one');
    const told = async () => (await api.send('GET', '/deployments')).body.items[0]?.status.running?.conditions.slice(1);
    const [failing, unstable] = (await told())!;
    expect(failing).to.deep.equal({
      type: 'JobFailing',
      status: 'True',
      reason: 'TooManyRestarts',
      message: '3 restarts seen in the last 10 minutes',
      lastTransitionTime: after(3 * MINUTE).toISOString(),
      lastUpdateTime: after(4 * MINUTE).toISOString(),
    });
    expect((await cli(server, 'describe deployment one')).out).to.match(
      /Condition +JobFailing True for .*3 restarts seen in the last 10 minutes/,
    );

    now += 10 * MINUTE;
    expect(await told()).to.deep.equal([
      {
        ...failing,
        status: 'False',
        reason: 'FewRestarts',
        message: '0 restarts seen in the last 10 minutes',
        lastTransitionTime: after(11 * MINUTE).toISOString(),
      },
      unstable,
    ]);
    expect((await api.send('GET', '/deployments/one')).headers['etag']).to.equal(before.headers['etag']);
    expect((await cli(server, 'describe deployment one')).out).to.match(/Condition +JobFailing False .*0 restarts/);
    await api.app.close();
  });
});
