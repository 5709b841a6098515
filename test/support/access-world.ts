import { expect } from 'chai';
import { TOKEN_ROLES, type TokenRole } from '../../src/domain/access.ts';
import type { ApiParts } from '../../src/api/resource.ts';
import { manifest, testApi, type Answer } from './api.ts';
import { aRegime } from './factories.ts';
import { memoryStore } from './memory-store.ts';

export const ADMIN_TOKEN = 'a-token-for-the-tests';
const NAMESPACES = ['team-a', 'team-b'] as const;

export type AccessWorld = Awaited<ReturnType<typeof accessWorld>>;

/** An API that asks who one is, with two namespaces; each has a token of each role, a target, and a Deployment that runs a Job. */
export async function accessWorld(parts: Partial<ApiParts> = {}) {
  const auth = { enabled: true, bootstrapToken: ADMIN_TOKEN, requestsPerSecond: 100_000 };
  const api = await testApi(memoryStore(), undefined, { auth, ...parts });
  /** Sends a request with a token, or without one. */
  const ask = (token: string | undefined, method: Parameters<typeof api.send>[0], path: string, body?: unknown): Promise<Answer> =>
    api.send(method, path, body, token === undefined ? {} : { authorization: `Bearer ${token}` });
  const done = async (path: string, body: unknown): Promise<Answer> => {
    const answer = await ask(ADMIN_TOKEN, 'POST', path, body);
    expect(answer.status, answer.text).to.be.below(300);
    return answer;
  };

  await api.store.declareRegime(aRegime());
  const tokens: Record<string, Record<TokenRole, string>> = {};
  /** Everything of a namespace that has an id, and its names. */
  const things: Record<string, string[]> = {};
  for (const namespace of NAMESPACES) {
    const base = `/api/v1/namespaces/${namespace}`;
    await done('/namespaces/v1/namespaces', { name: `namespaces/${namespace}` });
    const made = await Promise.all(
      TOKEN_ROLES.map(async (role) => {
        const name = `namespaces/${namespace}/apitokens/${namespace}-${role}`;
        const { text } = await done(`/apitokens/v1/namespaces/${namespace}/apitokens`, { name, role });
        return [role, (JSON.parse(text) as { apiToken: { secret: string } }).apiToken.secret] as const;
      }),
    );
    tokens[namespace] = Object.fromEntries(made) as Record<TokenRole, string>;
    const target = { metadata: { name: `target-${namespace}` }, spec: { session: { url: 'http://localhost:8081' } } };
    const { body: declared } = await done(`${base}/deployment-targets`, target);
    const running = manifest(`counting-${namespace}`, { state: 'RUNNING', deploymentTargetName: declared.metadata.name });
    const { body: deployment } = await done(`${base}/deployments`, running);
    const [job] = await api.store.jobs(namespace, {});
    const events = await api.store.events(namespace, {}, { limit: 100 });
    things[namespace] = [
      ...[declared, deployment].flatMap(({ metadata }) => [metadata.id, metadata.name]),
      job!.id,
      ...events.map(({ id }) => id),
      ...TOKEN_ROLES.map((role) => `${namespace}-${role}`),
    ];
  }
  return { api, ask, tokens, things };
}
