import { Command, CommanderError } from 'commander';
import { addAccess } from './access.ts';
import { apiTokenFrom } from './api-token.ts';
import { addApply } from './apply.ts';
import { addArtifact } from './artifact.ts';
import { addDaemon, type Actions } from './daemon.ts';
import { addDelete } from './delete.ts';
import { addDescribe } from './describe.ts';
import { addDesiredState } from './desired-state.ts';
import { addDiff } from './diff.ts';
import { CommandError, EXIT } from './exit.ts';
import { addGet } from './get.ts';
import { addHistory } from './history.ts';
import { addRetention } from './retention.ts';
import { addSavepoint } from './savepoint.ts';
import { createScreen, oneLine } from './screen.ts';
import { createServer } from './server.ts';
import { addSecret } from './secret.ts';
import type { GlobalOptions, Run, Session } from './session.ts';
import type { Shell } from './shell.ts';
import { addSql } from './sql.ts';
import { addStrays } from './strays.ts';
import { addWait } from './wait.ts';

const SERVER = 'http://127.0.0.1:8080';

const EXIT_CODES = '\nExit codes: 0 reached, 1 failed, 2 usage, 3 timeout, 4 not allowed, 5 the server cannot be reached.\n';

/**
 * Runs one command line; resolves with its exit code. `actions` are handed in, since they are made of parts that the command line does not
 * know. Rejects only with what the actions throw, or with a fault of the program itself.
 */
export async function runProgram(args: readonly string[], version: string, actions: Actions, shell: Shell): Promise<number> {
  let exitCode: number = EXIT.reached;
  let screen = createScreen(shell, { colours: false });
  const open: Open = ({ server, token: given, namespace, color }) => {
    screen = createScreen(shell, { colours: color });
    const url = server ?? (shell.env['DREY_SERVER'] || SERVER);
    const token = apiTokenFrom(given, shell.env);
    return { server: createServer({ url, namespace, token, onWarning: (text) => screen.tell(`warning: ${text}`) }), screen, shell };
  };
  const program = buildProgram(version, actions, shell, open, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommandError) {
      screen.tell(`drey: ${error.message}`);
      return error.exitCode;
    }
    // It has told the message already. Help and version are no faults.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.reached : EXIT.usage;
    throw error;
  }
}

type Open = (options: GlobalOptions) => Session;

function buildProgram(version: string, actions: Actions, shell: Shell, open: Open, end: (exitCode: number) => void): Command {
  const run: Run = async (command, work) => end(await work(open(command.optsWithGlobals())));

  const program = new Command('drey')
    .description('runs Apache Flink jobs as Deployments')
    .version(version)
    .option('--server <url>', `the API; without it $DREY_SERVER, or else ${SERVER}`)
    .option('--token <token>', 'the API token; better $DREY_TOKEN or $DREY_TOKEN_FILE, for others see the options of a command')
    .option('-n, --namespace <name>', 'the namespace', 'default')
    .option('--no-color', 'no colours, also on a terminal; as $NO_COLOR')
    .addHelpText('after', EXIT_CODES)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => shell.stdout.write(text),
      writeErr: (text) => shell.stderr.write(text),
      outputError: (text, write) => write(inOurWords(text)),
    });
  addDaemon(program, actions, end);
  const groups = [
    addGet,
    addDescribe,
    addApply,
    addDesiredState,
    addSavepoint,
    addHistory,
    addDiff,
    addDelete,
    addWait,
    addRetention,
    addStrays,
    addAccess,
    addArtifact,
    addSecret,
    addSql,
  ];
  for (const add of groups) add(program, run);
  return program;
}

/** Commander's messages as ours are: in one line, behind the program's name. */
const inOurWords = (text: string): string =>
  `drey: ${oneLine(text.trim())
    .replace(/^error: /, '')
    .replace(/ \(Did you mean (.*)\?\)$/, '; did you mean "$1"?')}\n`;
