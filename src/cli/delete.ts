import type { Command } from 'commander';
import { dryRunMark, dryRunOption, rehearsed } from './dry-run.ts';
import { EXIT } from './exit.ts';
import { parseOne, pathOf, referenceTo } from './kinds.ts';
import type { Run } from './session.ts';
import type { Resource } from './wire.ts';

/** `drey delete`: a Deployment with all that is its own, a target or a secret that nobody uses, or a Savepoint that nobody needs. */
export function addDelete(program: Command, run: Run): void {
  program
    .command('delete')
    .description(
      'delete a Deployment that is cancelled or suspended, with all that is its own; a target or a secret that none uses; or a Savepoint with its files',
    )
    .argument('<kind>', 'deployment, target, secret or savepoint; also KIND/NAME')
    .argument('[name]')
    .addOption(dryRunOption())
    .action((word: string, name: string | undefined, { dryRun }: { dryRun?: true }, command: Command) =>
      run(command, async ({ server, screen }) => {
        const reference = parseOne(word, name, ['deployment', 'deployment-target', 'secret-value', 'savepoint']);
        const { body } = await server.send<Resource>('DELETE', rehearsed(pathOf(reference), dryRun));
        screen.print(`${referenceTo(reference.kind.name, body.metadata)} deleted${dryRunMark(dryRun)}`);
        return EXIT.reached;
      }),
    );
}
