import { Option, type Command } from 'commander';
import { TOKEN_ROLES, type TokenRole } from '../domain/access.ts';
import { age } from './age.ts';
import { choose } from './choose.ts';
import type { Column } from './columns.ts';
import { EXIT } from './exit.ts';
import { createTable, outputOption, printDocument, type Format } from './output.ts';
import type { Run, Session } from './session.ts';

// VVP's gateway has its own paths and its own shape: `namespaces/default/apitokens/ci` is a name.

interface Named {
  readonly name: string;
  readonly createTime: string;
}
interface TokenView extends Named {
  readonly role: string;
}

/** What a command of this file is about. */
interface Kind<T extends Named> {
  readonly word: 'namespace' | 'token';
  /** Where they are listed. */
  readonly path: (namespace: string) => string;
  /** What is before each name. */
  readonly parent: (namespace: string) => string;
  readonly listedAs: 'namespaces' | 'apiTokens';
  readonly columns: readonly Column<T>[];
}

const shortName = ({ name }: Named): string => name.slice(name.lastIndexOf('/') + 1);
const NAME: Column<Named> = { title: 'NAME', cell: shortName };
const AGE: Column<Named> = { title: 'AGE', cell: ({ createTime }, { now }) => age(createTime, now) };

const NAMESPACES: Kind<Named> = {
  word: 'namespace',
  path: () => '/namespaces/v1/namespaces',
  parent: () => 'namespaces',
  listedAs: 'namespaces',
  columns: [NAME, AGE],
};

const TOKENS: Kind<TokenView> = {
  word: 'token',
  path: (namespace) => `/apitokens/v1/namespaces/${encodeURIComponent(namespace)}/apitokens`,
  parent: (namespace) => `namespaces/${namespace}/apitokens`,
  listedAs: 'apiTokens',
  columns: [NAME, { title: 'ROLE', cell: ({ role }) => role }, AGE],
};

/** `drey namespace` and `drey token`: what teams have apart, and who may do what. */
export function addAccess(program: Command, run: Run): void {
  const namespaces = program.command('namespace').description('what teams have apart; takes the admin');
  addCreate(namespaces, 'make a namespace', (command, name) =>
    run(command, async (session) => {
      await create(session, NAMESPACES, name, {});
      session.screen.print(`namespace/${name} created`);
      return EXIT.reached;
    }),
  );
  addListAndDelete(namespaces, NAMESPACES, run);

  const tokens = program.command('token').description('the API tokens of the namespace; takes an owner');
  const role = new Option('--role <role>', `one of ${TOKEN_ROLES.join(', ')}`)
    .makeOptionMandatory()
    .argParser((word) => choose('a role', word, TOKEN_ROLES));
  addCreate(tokens, 'make a token; its secret, on stdout, is told this once', (command, name) =>
    run(command, async (session) => {
      const { role: given } = command.opts<{ role: TokenRole }>();
      const { apiToken } = await create<{ apiToken: { secret: string } }>(session, TOKENS, name, { role: given });
      session.screen.tell(`token/${name} created, with the role ${given}`);
      session.screen.print(apiToken.secret);
      return EXIT.reached;
    }),
  ).addOption(role);
  addListAndDelete(tokens, TOKENS, run);
}

const addCreate = (parent: Command, description: string, action: (command: Command, name: string) => Promise<void>): Command =>
  parent
    .command('create')
    .description(description)
    .argument('<name>')
    .action((name: string, _options: object, command: Command) => action(command, name));

async function create<T>({ server }: Session, { path, parent }: Kind<never>, name: string, fields: object): Promise<T> {
  const { namespace } = server;
  return (await server.send<T>('POST', path(namespace), { name: `${parent(namespace)}/${name}`, ...fields })).body;
}

function addListAndDelete<T extends Named>(parent: Command, kind: Kind<T>, run: Run): void {
  parent
    .command('list')
    .description('those that there are')
    .addOption(outputOption(['table', 'json', 'yaml', 'name']))
    .action((options: { output: Format }, command: Command) => run(command, (session) => list(session, kind, options.output)));
  parent
    .command('delete')
    .description(kind.word === 'token' ? 'delete one, which from then on opens nothing' : 'delete one that is empty, with its tokens')
    .argument('<name>')
    .action((name: string, _options: object, command: Command) =>
      run(command, async ({ server, screen }) => {
        await server.send('DELETE', `${kind.path(server.namespace)}/${encodeURIComponent(name)}`);
        screen.print(`${kind.word}/${name} deleted`);
        return EXIT.reached;
      }),
    );
}

async function list<T extends Named>({ server, screen }: Session, kind: Kind<T>, output: Format): Promise<number> {
  const { body, now } = await server.get<Record<string, readonly T[]>>(kind.path(server.namespace));
  const found = body[kind.listedAs] ?? [];
  if (output === 'json' || output === 'yaml') await printDocument(screen, output, body);
  else if (output === 'name') screen.print(...found.map((one) => `${kind.word}/${shortName(one)}`));
  else createTable(screen, kind.columns, false)(found, { now, deploymentName: () => undefined });
  if (found.length === 0) screen.tell(`No ${kind.word}s found.`);
  return EXIT.reached;
}
