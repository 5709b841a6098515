import type { Command } from 'commander';
import { EXIT } from './exit.ts';
import { parseOne, pathOf, referenceTo } from './kinds.ts';
import type { Run } from './session.ts';
import type { Resource } from './wire.ts';

/** `drey delete`: a Deployment with all that is its own, or a target or a secret that nobody uses. */
export function addDelete(program: Command, run: Run): void {
  program
    .command('delete')
    .description('delete a Deployment that is cancelled, with its Jobs and events; or a target or a secret that none uses')
    .argument('<kind>', 'deployment, target or secret; also KIND/NAME')
    .argument('[name]')
    .action((word: string, name: string | undefined, _options: object, command: Command) =>
      run(command, async ({ server, screen }) => {
        const reference = parseOne(word, name, ['deployment', 'deployment-target', 'secret-value']);
        const { body } = await server.send<Resource>('DELETE', pathOf(reference));
        screen.print(`${referenceTo(reference.kind.name, body.metadata)} deleted`);
        return EXIT.reached;
      }),
    );
}
