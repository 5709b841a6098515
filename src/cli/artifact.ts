import { basename } from 'node:path';
import type { Command } from 'commander';
import { age } from './age.ts';
import { formOf } from './artifact-form.ts';
import type { Column } from './columns.ts';
import { EXIT } from './exit.ts';
import { createTable, outputOption, printDocument, type Format } from './output.ts';
import type { Run, Session } from './session.ts';
import type { ArtifactView } from './wire.ts';

const COLUMNS: readonly Column<ArtifactView>[] = [
  { title: 'NAME', cell: ({ filename }) => filename },
  { title: 'SIZE', cell: ({ size }) => size },
  { title: 'AGE', cell: ({ createTime }, { now }) => age(createTime, now) },
  { title: 'URI', cell: ({ uri }) => uri },
  { title: 'SHA256', wide: true, cell: ({ sha256 }) => sha256 },
];

const PATH = '/artifacts/v1/namespaces/{namespace}/artifacts';
const ofFile = (verb: string, name: string): string => `${PATH}:${verb}?filename=${encodeURIComponent(name)}`;

/** `drey artifact`: the jars in Drey's own store. */
export function addArtifact(program: Command, run: Run): void {
  const artifact = program.command('artifact').description("the jars in Drey's own store");
  artifact
    .command('upload')
    .description('put a file into the store; prints the URI that a Deployment names it by')
    .argument('<file>')
    .option('--name <name>', 'its name in the store; without it the name of the file')
    .action((file: string, { name = basename(file) }: { name?: string }, command: Command) =>
      run(command, (session) => upload(session, file, name)),
    );
  artifact
    .command('list')
    .description('what there is')
    .addOption(outputOption())
    .action((options: { output: Format }, command: Command) => run(command, (session) => list(session, options.output)));
  artifact
    .command('get')
    .description('one of them')
    .argument('<name>')
    .addOption(outputOption())
    .action((name: string, options: { output: Format }, command: Command) => run(command, (session) => get(session, name, options.output)));
  artifact
    .command('delete')
    .description('remove it, unless a Deployment or a Job that has not ended names it')
    .argument('<name>')
    .action((name: string, _options: object, command: Command) => run(command, (session) => remove(session, name)));
}

async function upload({ server, screen, shell }: Session, file: string, name: string): Promise<number> {
  const begunAt = shell.monotonicMs();
  const form = await formOf(file, name, (sent, of) => {
    // Elsewhere than on a terminal each step would be a line.
    if (shell.stderr.isTTY === true) {
      screen.progress(
        `${name}: ${Math.floor((100 * sent) / of)} % of ${of} bytes`,
        `${Math.round((shell.monotonicMs() - begunAt) / 1000)}s`,
      );
    }
  });
  const { body } = await server.upload<{ artifact: ArtifactView }>(`${PATH}:upload`, form);
  screen.print(body.artifact.uri);
  return EXIT.reached;
}

async function list({ server, screen }: Session, output: Format): Promise<number> {
  const { body, now } = await server.get<{ artifacts: readonly ArtifactView[] }>(`${PATH}:list`);
  await show(screen, output, body.artifacts, body, now);
  if (body.artifacts.length === 0) screen.tell('No artifacts found.');
  return EXIT.reached;
}

async function get({ server, screen }: Session, name: string, output: Format): Promise<number> {
  const { body, now } = await server.get<{ artifact: ArtifactView }>(ofFile('getMetadata', name));
  await show(screen, output, [body.artifact], body.artifact, now);
  return EXIT.reached;
}

async function show(screen: Session['screen'], output: Format, artifacts: readonly ArtifactView[], document: object, now: number) {
  if (output === 'json' || output === 'yaml') await printDocument(screen, output, document);
  else if (output === 'name') screen.print(...artifacts.map(({ filename }) => filename));
  else createTable(screen, COLUMNS, output === 'wide')(artifacts, { now, deploymentName: () => undefined });
}

async function remove({ server, screen }: Session, name: string): Promise<number> {
  await server.send('DELETE', ofFile('delete', name));
  screen.print(`artifact/${name} deleted`);
  return EXIT.reached;
}
