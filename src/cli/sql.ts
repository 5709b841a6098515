import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { scriptFaults } from '../domain/sql-script.ts';
import { EXIT, usage } from './exit.ts';
import { textOf } from './manifests.ts';
import type { Run, Session } from './session.ts';

/** What `sqlscripts:validate` answers. */
interface Validation {
  readonly validationResult: string;
  readonly errorDetails?: { readonly message: string; readonly lineNumber: number; readonly columnNumber: number };
}

/** `drey sql check`: what is wrong with a script, and where, without running it. */
export function addSql(program: Command, run: Run): void {
  program
    .command('sql')
    .description('SQL scripts of Deployments')
    .command('check')
    .description('tell where a script is wrong, without running it; exit 1 when it is')
    .argument('<file>', 'the script; - for stdin')
    .option('--target <name>', 'by the SQL Gateway of this target; without it of the only one that has one')
    .action((file: string, { target }: { target?: string }, command: Command) => run(command, (session) => check(session, file, target)));
}

async function check({ server, screen, shell }: Session, file: string, deploymentTargetName: string | undefined): Promise<number> {
  const statement = file === '-' ? await textOf(shell.stdin) : await contentOf(file);
  // What no Deployment may be is told without a gateway.
  const faults = scriptFaults(statement);
  if (faults.length > 0) {
    for (const fault of faults) screen.print(`${file}:${fault.line}:${fault.column}: ${fault.message}`);
    return EXIT.failed;
  }
  const body = { statement, ...(deploymentTargetName === undefined ? {} : { deploymentTargetName }) };
  const { validationResult, errorDetails } = (
    await server.send<Validation>('POST', '/sql/v1beta1/namespaces/{namespace}/sqlscripts:validate', body)
  ).body;
  if (errorDetails === undefined) {
    screen.print(`${file}: ${validationResult}`);
    return EXIT.reached;
  }
  const { message, lineNumber, columnNumber } = errorDetails;
  screen.print(`${file}:${lineNumber}:${columnNumber}: ${message} (${validationResult})`);
  return EXIT.failed;
}

const contentOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw usage(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
