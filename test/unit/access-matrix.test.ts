import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { ROLES, TOKEN_ROLES, type NeededRole, type Role } from '../../src/domain/access.ts';
import type { Answer } from '../support/api.ts';
import { ADMIN_TOKEN, accessWorld, type AccessWorld } from '../support/access-world.ts';

const NS = '/api/v1/namespaces/:namespace';

/** The least role for each route, by hand. One that is added goes here, by its method and its path; HEAD is as GET. */
const NEEDED: Readonly<Record<string, NeededRole>> = {
  'GET /api/openapi.json': 'anyone',
  'GET /api/v1/status': 'anyone',
  'GET /api/v1/status/system-info': 'anyone',
  'GET /docs': 'anyone',
  'GET /docs/json': 'anyone',
  'GET /docs/yaml': 'anyone',
  'GET /docs/static/index.html': 'anyone',
  'GET /docs/static/swagger-initializer.js': 'anyone',
  'GET /docs/static/*': 'anyone',
  'GET /api/v1/retention/plan': 'admin',
  'POST /api/v1/retention/run': 'admin',

  [`GET ${NS}/deployments`]: 'viewer',
  [`POST ${NS}/deployments`]: 'editor',
  [`GET ${NS}/deployments/:nameOrId`]: 'viewer',
  [`PUT ${NS}/deployments/:nameOrId`]: 'editor',
  [`PATCH ${NS}/deployments/:nameOrId`]: 'editor',
  [`DELETE ${NS}/deployments/:nameOrId`]: 'editor',

  [`GET ${NS}/deployment-targets`]: 'viewer',
  [`POST ${NS}/deployment-targets`]: 'owner',
  [`GET ${NS}/deployment-targets/:nameOrId`]: 'viewer',
  [`PUT ${NS}/deployment-targets/:nameOrId`]: 'owner',
  [`PATCH ${NS}/deployment-targets/:nameOrId`]: 'owner',
  [`DELETE ${NS}/deployment-targets/:nameOrId`]: 'owner',

  [`GET ${NS}/jobs`]: 'viewer',
  [`GET ${NS}/jobs/:id`]: 'viewer',
  [`POST ${NS}/jobs/:id/abandon`]: 'owner',
  [`GET ${NS}/events`]: 'viewer',
  [`GET ${NS}/savepoints`]: 'viewer',
  [`GET ${NS}/savepoints/:id`]: 'viewer',
  [`POST ${NS}/savepoints`]: 'editor',
  [`DELETE ${NS}/savepoints/:id`]: 'editor',
  [`GET ${NS}/strays`]: 'viewer',

  [`GET ${NS}/secret-values`]: 'editor',
  [`POST ${NS}/secret-values`]: 'editor',
  [`GET ${NS}/secret-values/:name`]: 'editor',
  [`PUT ${NS}/secret-values/:name`]: 'editor',
  [`PATCH ${NS}/secret-values/:name`]: 'editor',
  [`DELETE ${NS}/secret-values/:name`]: 'editor',
  [`GET ${NS}/deployment-defaults`]: 'viewer',
  [`PUT ${NS}/deployment-defaults`]: 'owner',
  [`PATCH ${NS}/deployment-defaults`]: 'owner',
  'GET /api/v1/global-deployment-defaults': 'viewer',

  'GET /artifacts/v1/namespaces/:namespace/artifacts:list': 'viewer',
  'GET /artifacts/v1/namespaces/:namespace/artifacts:getMetadata': 'viewer',
  'POST /artifacts/v1/namespaces/:namespace/artifacts:upload': 'editor',
  'DELETE /artifacts/v1/namespaces/:namespace/artifacts:delete': 'editor',

  'POST /sql/v1beta1/namespaces/:namespace/sqlscripts:validate': 'editor',

  'GET /namespaces/v1/namespaces': 'viewer',
  'POST /namespaces/v1/namespaces': 'admin',
  'GET /namespaces/v1/namespaces/:namespace': 'viewer',
  'PUT /namespaces/v1/namespaces/:namespace': 'admin',
  'DELETE /namespaces/v1/namespaces/:namespace': 'admin',

  'GET /apitokens/v1/namespaces/:namespace/apitokens': 'owner',
  'POST /apitokens/v1/namespaces/:namespace/apitokens': 'owner',
  'GET /apitokens/v1/namespaces/:namespace/apitokens/:name': 'owner',
  'DELETE /apitokens/v1/namespaces/:namespace/apitokens/:name': 'owner',
};

const CALLERS = [undefined, ...ROLES] as const;
/** The namespace in the path, for the tokens of team-a. */
const PLACES = { own: 'team-a', other: 'team-b', none: 'team-c' } as const;
type Place = keyof typeof PLACES;

/** What a cell is to answer; `through`: whatever the route itself says. */
type Expected = 'through' | 'unauthorized' | 'forbidden' | 'hidden';

function expected(needed: NeededRole, role: Role | undefined, place: Place | undefined): Expected {
  if (needed === 'anyone') return 'through';
  if (role === undefined) return 'unauthorized';
  if (place === 'none' || (place === 'other' && role !== 'admin')) return 'hidden';
  return ROLES.indexOf(role) < ROLES.indexOf(needed) ? 'forbidden' : 'through';
}

function seen({ status, body }: Answer, namespace: string): Expected {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  return status === 404 && body.message === `there is no namespace "${namespace}"` ? 'hidden' : 'through';
}

type Method = Parameters<AccessWorld['ask']>[1];

describe('role by route by namespace', () => {
  let world: AccessWorld;
  let routes: readonly { readonly method: Method; readonly url: string }[];
  before(async () => {
    world = await accessWorld();
    routes = world.api.app.guardedRoutes.map(({ method, url }) => ({ method: method as Method, url }));
  });

  const keyOf = (method: string, url: string): string => `${method === 'HEAD' ? 'GET' : method} ${url.replace(/\/$/, '')}`;
  /** The path with a namespace and, for all other parameters, a value. */
  const filled = (url: string, namespace: string, value: string): string =>
    url.replace(':namespace', namespace).replaceAll(/\/:\w+/g, `/${value}`);
  const tokenOf = (role: Role | undefined): string | undefined =>
    role === undefined ? undefined : role === 'admin' ? ADMIN_TOKEN : world.tokens['team-a']![role];

  it('has every route in the table of this test, and no other', () => {
    const known = routes.filter(({ method }) => method !== 'HEAD').map(({ method, url }) => keyOf(method, url));
    expect(Object.keys(NEEDED)).to.have.members(known);
  });

  it('answers each cell as the table says', async () => {
    let cells = 0;
    for (const { method, url } of routes) {
      const needed = NEEDED[keyOf(method, url)] ?? 'admin';
      const places = url.includes(':namespace') ? (['own', 'other', 'none'] as const) : ([undefined] as const);
      for (const role of CALLERS) {
        for (const place of places) {
          const namespace = PLACES[place ?? 'own'];
          const answer = await world.ask(tokenOf(role), method, filled(url, namespace, 'nothing'));
          const cell = `${method} ${url}, ${role ?? 'no token'}, ${place ?? 'global'}: ${answer.status} ${answer.text}`;
          const should = expected(needed, role, place);
          // A HEAD has no body that could name the namespace.
          if (method === 'HEAD' && should === 'hidden') expect(answer.status, cell).to.equal(404);
          else expect(seen(answer, namespace), cell).to.equal(should);
          expect(answer.status, cell).to.be.below(500);
          expect(answer.headers['www-authenticate'] !== undefined, cell).to.equal(should === 'unauthorized');
          cells++;
        }
      }
    }
    expect(cells).to.be.greaterThan(400);
  });

  it('tells of a namespace of others what it tells of one that does not exist, whatever is asked', async () => {
    const [{ tokens, ask }, answers] = [world, { other: [] as unknown[], none: [] as unknown[] }];
    for (const place of ['other', 'none'] as const)
      for (const { method, url } of routes.filter(({ url }) => url.includes(':namespace')))
        for (const role of TOKEN_ROLES) {
          const { status, text, headers } = await ask(tokens['team-a']![role], method, filled(url, PLACES[place], 'x'), { a: 1 });
          const { date, 'content-length': length, ...rest } = headers;
          answers[place].push({ method, url, status, text: text.replaceAll(PLACES[place], 'it'), rest });
        }
    expect(answers.other).to.deep.equal(answers.none);
  });

  it('reaches nothing of another namespace by its id or name in a path of its own', async () => {
    const [own, things] = [world.tokens['team-a']!.owner, world.things['team-b']!];
    let asked = 0;
    for (const { method, url } of routes.filter((route) => /:namespace\/.*\/:/.test(route.url))) {
      if (url.startsWith('/namespaces/') || method === 'PUT') continue; // a PUT makes its own, by that name
      for (const thing of things) {
        const { status, text } = await world.ask(own, method, filled(url, 'team-a', thing), method === 'PATCH' ? {} : undefined);
        expect(status, `${method} ${url} ${thing}: ${text}`).to.equal(404);
        asked++;
      }
    }
    expect(asked).to.be.greaterThan(50);
  });

  it('lists and filters nothing of another namespace', async () => {
    const [own, things] = [world.tokens['team-a']!.owner, world.things['team-b']!];
    const filters = ['', ...things.flatMap((thing) => [`?deploymentId=${thing}`, `?jobId=${thing}`, `?continue=${thing}`])];
    for (const { url } of routes.filter((route) => route.method === 'GET' && /:namespace\/[^:]+$/.test(route.url)))
      for (const filter of filters) {
        const { text } = await world.ask(own, 'GET', filled(url, 'team-a', '') + filter);
        const asked = filter.split('=')[1] ?? '';
        for (const thing of things.filter((one) => one !== asked)) expect(text, url + filter).not.to.include(thing);
      }
    const { text } = await world.ask(own, 'GET', '/namespaces/v1/namespaces');
    expect(text).to.include('team-a').and.not.include('team-b');
  });

  it('lets no Deployment run on the target of another namespace', async () => {
    const [own, [targetId = '', targetName = '']] = [world.tokens['team-a']!.owner, world.things['team-b']!];
    for (const target of [{ deploymentTargetId: targetId }, { deploymentTargetName: targetName }]) {
      const { status, body } = await world.ask(own, 'POST', '/api/v1/namespaces/team-a/deployments', {
        metadata: { name: 'thief' },
        spec: { ...target, template: { spec: { artifact: { kind: 'JAR', jarUri: 'file:///jobs/counting.jar' } } } },
      });
      expect(status).to.equal(400);
      expect(body.message).to.match(/names no DeploymentTarget/);
    }
  });

  it('says of a path that has no such method what it has, to anyone', async () => {
    expect((await world.ask(undefined, 'DELETE', '/api/v1/namespaces/team-a/jobs')).status).to.equal(405);
    expect((await world.ask(undefined, 'GET', '/nowhere')).status).to.equal(404);
  });
});
