import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { v7 as newId } from 'uuid';
import { TOKEN_ROLES, type ApiToken } from '../domain/access.ts';
import { hashOf, newSecret } from '../engine/api-token.ts';
import { givenBack, lastPart, pathName, unwrapped, wrapped } from './gateway.ts';
import { absent, answers, strict, takes, Time, type ApiParts, type InNamespace } from './resource.ts';
import { checkedValue } from './validate.ts';

const parentIn = (namespace: string): string => `namespaces/${namespace}/apitokens`;

const RoleOfToken = Type.Enum([...TOKEN_ROLES]);

const TokenBody = Type.Object(
  { name: pathName(parentIn('{namespace}')), role: RoleOfToken, createTime: givenBack, secret: givenBack },
  { ...strict, title: 'ApiTokenBody' },
);

const TokenSchema = Type.Object(
  {
    name: Type.String({ description: `\`${parentIn('{namespace}')}/NAME\`` }),
    role: RoleOfToken,
    createTime: Time,
    secret: Type.Optional(Type.String({ description: 'Told once, in the answer to the creation.' })),
  },
  { title: 'ApiToken' },
);
const ONE = wrapped('apiToken', 'ApiTokenResponse', TokenSchema);
const LIST = Type.Object({ apiTokens: Type.Array(TokenSchema) }, { title: 'ListApiTokensResponse' });

interface AtToken {
  Params: { namespace: string; name: string };
}

const viewToken = ({ namespace, name, role, createdAt }: ApiToken) => ({
  name: `${parentIn(namespace)}/${name}`,
  role,
  createTime: createdAt.toISOString(),
});

/** `/apitokens/v1/…/apitokens`: who may do what in a namespace. Its owners'. */
export function apiTokenRoutes(app: FastifyInstance, { store }: ApiParts): void {
  const unknown = async ({ namespace, name }: AtToken['Params']) => absent('ApiToken', name, await store.tokens(namespace));

  app.get<InNamespace>('/apitokens', { config: { role: 'owner' }, schema: answers({ 200: LIST }) }, async ({ params: { namespace } }) => ({
    apiTokens: (await store.tokens(namespace)).map(viewToken),
  }));

  app.post<InNamespace>(
    '/apitokens',
    { config: { role: 'owner' }, schema: { ...takes(TokenBody), ...answers({ 200: ONE }) } },
    async ({ params: { namespace }, body }) => {
      const { name, role } = checkedValue(TokenBody, unwrapped('apiToken', body));
      const token = { id: newId(), namespace, name: lastPart(name, parentIn(namespace)), role, createdAt: await store.now() };
      const secret = newSecret();
      await store.insertToken(token, hashOf(secret));
      return { apiToken: { ...viewToken(token), secret } };
    },
  );

  app.get<AtToken>('/apitokens/:name', { config: { role: 'owner' }, schema: answers({ 200: ONE }) }, async ({ params }) => ({
    apiToken: viewToken((await store.token(params.namespace, params.name)) ?? (await unknown(params))),
  }));

  app.delete<AtToken>(
    '/apitokens/:name',
    { config: { role: 'owner' }, schema: answers({ 200: Type.Object({}, { ...strict, title: 'DeleteApiTokenResponse' }) }) },
    async ({ params }) => {
      if ((await store.deleteToken(params.namespace, params.name)) === undefined) await unknown(params);
      return {};
    },
  );
}
