import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { EXIT, usage } from './exit.ts';
import { get } from './get.ts';
import { parseOne, parseReference, pathOf } from './kinds.ts';
import { textOf } from './manifests.ts';
import { outputOption, type Format } from './output.ts';
import type { Run, Session } from './session.ts';
import type { Resource } from './wire.ts';

/** `drey secret`: values that specs name as `${name}`. Never from the command line, which other users of the machine can read. */
export function addSecret(program: Command, run: Run): void {
  const secret = program.command('secret').description('values that specs name as ${name}');
  secret
    .command('set')
    .description('make one, or give it another value: that of stdin, without the line break at its end')
    .argument('<name>')
    .option('--from-file <file>', 'the value is in this file')
    .action((name: string, { fromFile }: { fromFile?: string }, command: Command) =>
      run(command, (session) => set(session, name, fromFile)),
    );
  secret
    .command('list')
    .description('their names; nobody is told their values')
    .addOption(outputOption())
    .action((options: { output: Format }, command: Command) =>
      run(command, (session) => get(session, parseReference('secret-values'), options)),
    );
  secret
    .command('delete')
    .description('delete one that no Deployment names')
    .argument('<name>')
    .action((name: string, _options: object, command: Command) =>
      run(command, async ({ server, screen }) => {
        await server.send('DELETE', pathOf(reference(name)));
        screen.print(`secret-value/${name} deleted`);
        return EXIT.reached;
      }),
    );
}

async function set({ server, screen, shell }: Session, name: string, file: string | undefined): Promise<number> {
  const path = pathOf(reference(name));
  const text = file === undefined ? await textOf(shell.stdin) : await contentOf(file);
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw usage('the value is empty; give it on stdin or by --from-file');
  const before = await server.find(path);
  // A PATCH leaves labels and annotations as they are.
  const { body } = await server.send<Resource>(before === undefined ? 'PUT' : 'PATCH', path, { kind: 'SecretValue', spec: { value } });
  const isSame = before?.body.metadata.resourceVersion === body.metadata.resourceVersion;
  screen.print(`secret-value/${name} ${before === undefined ? 'created' : isSame ? 'unchanged' : 'configured'}`);
  return EXIT.reached;
}

const reference = (name: string) => parseOne('secret-value', name, ['secret-value']);

const contentOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw usage(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
