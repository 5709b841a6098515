import { expect } from 'chai';
import { describe, it } from 'mocha';
import { declareExample } from '../../src/embedded/example.ts';
import { accessWorld, ADMIN_TOKEN } from '../support/access-world.ts';

describe('the example of npm start', () => {
  it('is declared with the token where the daemon wants one, and may be there already', async () => {
    const { api } = await accessWorld();
    const apiUrl = await api.app.listen({ port: 0 });
    const example = { flinkUrl: 'http://localhost:8081', jarPath: '/x.jar' };
    const signal = AbortSignal.timeout(10_000);
    try {
      const refused: unknown = await declareExample({ apiUrl, signal }, example).catch((error: unknown) => error);
      expect(refused)
        .to.be.an('error')
        .with.property('message')
        .that.matches(/answered with 401/);
      const daemon = { apiUrl, token: ADMIN_TOKEN, signal };
      await declareExample(daemon, example);
      await declareExample(daemon, example);
      expect((await api.store.deployment('default', 'example'))?.spec.deploymentTargetName).to.equal('local');
    } finally {
      await api.app.close();
    }
  });
});
