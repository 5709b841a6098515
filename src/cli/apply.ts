import type { Command } from 'commander';
import { CommandError, EXIT } from './exit.ts';
import { readManifests, type Manifest } from './manifests.ts';
import type { Run, Session } from './session.ts';
import type { Resource } from './wire.ts';

/** `drey apply`: makes what a file declares, or brings it to what the file says. */
export function addApply(program: Command, run: Run): void {
  program
    .command('apply')
    .description('make what a file declares (Deployments, targets, secrets, defaults), or change it to what it says')
    .requiredOption('-f, --filename <file>', 'YAML or JSON, of one or more documents; - for stdin')
    .action(({ filename }: { filename: string }, command: Command) => run(command, (session) => apply(session, filename)));
}

/** One that is refused does not keep the others from being sent; the exit code is then that of the first. */
async function apply(session: Session, file: string): Promise<number> {
  const manifests = await readManifests(file, session.shell);
  let exitCode: number = EXIT.reached;
  for (const manifest of manifests) {
    await applyOne(session, manifest).catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      const message = `${manifest.reference}: ${error.message}`;
      if (error.exitCode !== EXIT.failed) throw new CommandError(error.exitCode, message, { cause: error });
      session.screen.tell(`drey: ${message}`);
      exitCode = EXIT.failed;
    });
  }
  return exitCode;
}

async function applyOne({ server, screen }: Session, { path, reference, body }: Manifest): Promise<void> {
  const before = await server.find(path);
  const after = await server.send<Resource>('PUT', path, body);
  const isSame = before?.body.metadata.resourceVersion === after.body.metadata.resourceVersion;
  const what = after.status === 201 ? 'created' : isSame ? 'unchanged' : 'configured';
  screen.print(`${reference} ${what}`);
}
