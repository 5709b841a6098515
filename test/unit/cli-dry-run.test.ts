import { expect } from 'chai';
import { describe, it } from 'mocha';
import { cli } from '../support/cli.ts';
import { aDeploymentAnswer, aJobAnswer, listOf } from '../support/cli-resources.ts';
import { fakeServer } from '../support/fake-server.ts';

const MANIFEST = JSON.stringify({ kind: 'Deployment', metadata: { name: 'one' }, spec: {} });

describe('--dry-run', () => {
  for (const [command, spec, status, job, effect] of [
    ['start', 'CANCELLED', 'CANCELLED', undefined, 'a new Job would be made'],
    ['start', 'RUNNING', 'RUNNING', 'STARTED', 'it is wanted RUNNING already, so nothing would happen'],
    ['start', 'RUNNING', 'FAILED', 'FAILED', 'it is wanted RUNNING already, so nothing would happen: it stays FAILED'],
    ['start', 'CANCELLED', 'TRANSITIONING', 'TERMINATING', 'it would be wanted RUNNING'],
    ['suspend', 'RUNNING', 'RUNNING', 'STARTED', 'Job j-1 (STARTED) would be stopped with a Savepoint'],
    ['suspend', 'RUNNING', 'TRANSITIONING', 'STARTING', 'Job j-1 (STARTING) would be terminated'],
    ['cancel', 'RUNNING', 'RUNNING', 'STARTED', 'Job j-1 (STARTED) would be terminated'],
    ['cancel', 'RUNNING', 'FINISHED', 'FINISHED', 'it would be wanted CANCELLED'],
  ] as const)
    it(`of ${command}, wanted ${spec}, with a Job ${job ?? 'no'}: ${effect}`, async () => {
      const deployment = { body: aDeploymentAnswer({ state: spec }, { state: status }) };
      const fake = await fakeServer({
        'GET /deployments/one': deployment,
        'PATCH /deployments/one': deployment,
        'GET /jobs': job === undefined ? listOf() : listOf(aJobAnswer({ state: job })),
      });
      const { out } = await cli(fake.url, `${command} one --dry-run --wait`);
      await fake.close();
      expect(out).to.equal(`deployment/one is ${status} and wanted ${spec}; ${effect} (dry run)\n`);
      expect(fake.asked.filter((asked) => !asked.startsWith('GET'))).to.deep.equal(['PATCH /deployments/one?dryRun=true']);
    });

  it("tells the server's refusal (1), and writes nothing by itself", async () => {
    const fake = await fakeServer({
      'GET /deployments/one': { body: aDeploymentAnswer() },
      'PATCH /deployments/one': { status: 400, body: { message: 'it has no savepoint directory' } },
    });
    expect(await cli(fake.url, 'suspend one --dry-run')).to.deep.equal({ code: 1, out: '', err: 'drey: it has no savepoint directory\n' });
    await fake.close();
  });

  it('of apply and delete says what would become of each', async () => {
    let [after, code] = [aDeploymentAnswer(), 200];
    let before: { status?: number; body: object } = { body: aDeploymentAnswer() };
    const fake = await fakeServer({
      'GET /deployments/one': () => before,
      'PUT /deployments/one': () => ({ status: code, body: after }),
      'DELETE /deployments/one': { body: aDeploymentAnswer() },
    });
    const dry = async (line: string) => (await cli(fake.url, line, { stdin: MANIFEST })).out;
    expect(await dry('apply -f - --dry-run')).to.equal('deployment/one unchanged (dry run)\n');
    after = aDeploymentAnswer({ state: 'CANCELLED' });
    expect(await dry('apply -f - --dry-run')).to.equal('deployment/one configured (dry run)\n');
    [before, code] = [{ status: 404, body: {} }, 201];
    expect(await dry('apply -f - --dry-run')).to.equal('deployment/one created (dry run)\n');
    expect(await dry('delete deployment one --dry-run')).to.equal('deployment/one deleted (dry run)\n');
    expect(new Set(fake.asked.filter((asked) => !asked.startsWith('GET')))).to.deep.equal(
      new Set(['PUT /deployments/one?dryRun=true', 'DELETE /deployments/one?dryRun=true']),
    );
    await fake.close();
  });
});
