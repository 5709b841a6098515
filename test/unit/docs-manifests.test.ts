import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { testApi } from '../support/api.ts';
import { cli, listen } from '../support/cli.ts';

describe('the manifests in the pages', () => {
  for (const [page, made] of [
    ['README.md', ['deployment-target/my-cluster', 'deployment/my-job']],
    ['docs/sql.md', ['deployment-target/my-sql-cluster', 'deployment/turnover']],
  ] as const) {
    it(`${page}: what it shows whole can be applied as it stands, and again changes nothing`, async () => {
      const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
      const [, stdin = ''] = /^```yaml\n(kind: DeploymentTarget\n.*?)^```$/ms.exec(text) ?? [];
      const api = await testApi();
      try {
        const server = await listen(api);
        for (const outcome of ['created', 'unchanged']) {
          const { out, err } = await cli(server, 'apply -f -', { stdin });
          expect(out.trimEnd().split('\n'), err).to.deep.equal(made.map((name) => `${name} ${outcome}`));
        }
      } finally {
        await api.app.close();
      }
    });
  }
});
