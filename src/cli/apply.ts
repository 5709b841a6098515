import { isDeepStrictEqual } from 'node:util';
import type { Command } from 'commander';
import { dryRunMark, dryRunOption, rehearsed } from './dry-run.ts';
import { CommandError, EXIT } from './exit.ts';
import { readManifests, type Manifest } from './manifests.ts';
import type { Run, Session } from './session.ts';
import type { Resource } from './wire.ts';

interface Options {
  readonly filename: string;
  readonly dryRun?: true;
}

/** `drey apply`: makes what a file declares, or brings it to what the file says. */
export function addApply(program: Command, run: Run): void {
  program
    .command('apply')
    .description('make what a file declares (Deployments, targets, secrets, defaults), or change it to what it says')
    .requiredOption('-f, --filename <file>', 'YAML or JSON, of one or more documents; - for stdin')
    .addOption(dryRunOption())
    .action((options: Options, command: Command) => run(command, (session) => apply(session, options)));
}

/** One that is refused does not keep the others from being sent; the exit code is then that of the first. */
async function apply(session: Session, { filename, dryRun }: Options): Promise<number> {
  const manifests = await readManifests(filename, session.shell);
  let exitCode: number = EXIT.reached;
  for (const manifest of manifests) {
    await applyOne(session, manifest, dryRun).catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      const message = `${manifest.reference}: ${error.message}`;
      if (error.exitCode !== EXIT.failed) throw new CommandError(error.exitCode, message, { cause: error });
      session.screen.tell(`drey: ${message}`);
      exitCode = EXIT.failed;
    });
  }
  return exitCode;
}

async function applyOne({ server, screen }: Session, { path, reference, body }: Manifest, dryRun: boolean | undefined): Promise<void> {
  const before = await server.find(path);
  const after = await server.send<Resource>('PUT', rehearsed(path, dryRun), body);
  const isNew = before === undefined || after.status === 201;
  const what = isNew ? 'created' : isDeepStrictEqual(declaredIn(before.body), declaredIn(after.body)) ? 'unchanged' : 'configured';
  screen.print(`${reference} ${what}${dryRunMark(dryRun)}`);
}

/** What users say of a resource. Its version moves with its state too, which may have happened meanwhile. */
function declaredIn({ metadata, spec }: Resource): object {
  const { resourceVersion, modifiedAt, ...rest } = metadata;
  return { metadata: rest, spec };
}
