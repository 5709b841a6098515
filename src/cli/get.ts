import type { Command } from 'commander';
import { choose } from './choose.ts';
import type { ViewOf } from './columns.ts';
import { CommandError, EXIT, usage } from './exit.ts';
import { parseReference, pathOf, type Kind, type KindName } from './kinds.ts';
import { outputOption, printDocument, type Format } from './output.ts';
import { resourceWriter, type WriteResources } from './resource-writer.ts';
import type { Run, Session } from './session.ts';
import type { DeploymentView } from './wire.ts';

interface Options {
  readonly output: Format;
  readonly watch?: true;
  readonly deployment?: string;
  readonly state?: string;
}

const WATCH_MS = 1000;

/** `drey get`: what there is, and with -w what changes. */
export function addGet(program: Command, run: Run): void {
  program
    .command('get')
    .description('what there is, and with -w what changes')
    .argument(
      '<kind>',
      'deployments, jobs, savepoints (sp), deployment-targets (dt), deployment-defaults (dd), secret-values (sv) or events (ev); also KIND/NAME',
    )
    .argument('[name]', 'one of them, by its name or its id')
    .addOption(outputOption())
    .option('-w, --watch', 'go on, and print what changes')
    .option('--deployment <name>', 'only the Jobs, Savepoints or events of this Deployment')
    .option('--state <state>', 'only those in this state')
    .action((word: string, name: string | undefined, options: Options, command: Command) =>
      run(command, (session) => get(session, parseReference(word, name), options)),
    );
}

/** Some of a kind, as the server answered it at its time `now`. */
interface Found<K extends KindName> {
  readonly body: { readonly items: readonly ViewOf[K][] };
  readonly now: number;
}

type Look<K extends KindName> = () => Promise<Found<K>>;

/** Prints what there is of a kind, or one of it. */
export async function get<K extends KindName>(
  session: Session,
  reference: { kind: Kind<K>; name?: string },
  options: Options,
): Promise<number> {
  const { kind, name } = reference;
  const { output } = options;
  const isWanted = filter(reference, options);
  const isOne = name !== undefined || kind.isSingle === true;
  const look = isOne ? single(session, kind, name) : await listing(session, kind, options.deployment);
  const write = resourceWriter(session, kind.name, output);

  const first = await look();
  const items = first.body.items.filter(isWanted);
  if ((output === 'json' || output === 'yaml') && options.watch !== true) {
    await printDocument(session.screen, output, isOne ? (items[0] ?? {}) : { ...first.body, items });
    return EXIT.reached;
  }
  await write(items, first.now);
  if (items.length === 0) session.screen.tell(`No ${kind.path} found.`);
  return options.watch === true ? watch(session, first, look, (changed, now) => write(changed.filter(isWanted), now)) : EXIT.reached;
}

/** Goes on until nobody reads any more. A daemon that cannot be reached for a while ends no watch. */
async function watch<K extends KindName>(
  { shell, screen }: Session,
  first: Found<K>,
  look: Look<K>,
  write: WriteResources<K>,
): Promise<number> {
  const seen = new Map(first.body.items.map(({ metadata }) => [metadata.id, metadata.resourceVersion]));
  let isAway = false;
  for (;;) {
    await shell.pause(WATCH_MS, shell.outputClosed);
    if (shell.outputClosed.aborted) return EXIT.reached;
    const next = await look().catch((error: unknown) => {
      if (!(error instanceof CommandError) || error.exitCode !== EXIT.unreachable) throw error;
      if (!isAway) screen.tell(`drey: ${error.message}; going on`);
      return undefined;
    });
    isAway = next === undefined;
    const changed = next?.body.items.filter(({ metadata }) => seen.get(metadata.id) !== metadata.resourceVersion) ?? [];
    for (const { metadata } of changed) seen.set(metadata.id, metadata.resourceVersion);
    if (next !== undefined) await write(changed, next.now);
  }
}

/** One resource, looked at again each time. */
function single<K extends KindName>({ server }: Session, kind: Kind<K>, name: string | undefined): Look<K> {
  if (kind.name === 'event') throw usage('events have no name of their own; choose them with --deployment');
  return async () => {
    const { body, now } = await server.get<ViewOf[K]>(name === undefined ? `/${kind.path}` : pathOf({ kind, name }));
    return { body: { items: [body] }, now };
  };
}

/** All of a kind. Of events, which only grow in number, each further look reads on from the last. */
async function listing<K extends KindName>({ server }: Session, kind: Kind<K>, deployment: string | undefined): Promise<Look<K>> {
  const deploymentId = deployment === undefined ? undefined : await deploymentIdOf(server, kind, deployment);
  let last: string | undefined;
  return async () => {
    const found = await server.list<ViewOf[K]>(`/${kind.path}`, { deploymentId, continue: last });
    if (kind.name === 'event') last = found.body.items.at(-1)?.metadata.id ?? last;
    return found;
  };
}

async function deploymentIdOf(server: Session['server'], kind: Kind, name: string): Promise<string> {
  if (!kind.ofDeployment) throw usage(`--deployment chooses Jobs, Savepoints and events, not ${kind.path}`);
  return (await server.get<DeploymentView>(`/deployments/${encodeURIComponent(name)}`)).body.metadata.id;
}

function filter({ kind, name }: { kind: Kind; name?: string }, { state, deployment }: Options): (item: ViewOf[KindName]) => boolean {
  if (name !== undefined && (state ?? deployment) !== undefined) throw usage('a name says which one; leave --state and --deployment out');
  if (state === undefined) return () => true;
  if (kind.states.length === 0) throw usage(`${kind.path} have no state; leave --state out`);
  const wanted = choose(`a state of ${kind.path}`, state, kind.states);
  return (item) => 'status' in item && item.status.state === wanted;
}
