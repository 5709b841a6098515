import { Command } from 'commander';

/** What the commands do; each resolves with the exit code. */
export interface Actions {
  serve(options: { config?: string }): Promise<number>;
  up(): Promise<number>;
}

/** The command line. `serve` and `up` are handed in, since they are made of parts that the command line does not know. */
export function buildProgram(version: string, actions: Actions): Command {
  const program = new Command('drey').description('runs Apache Flink jobs as Deployments').version(version);
  program
    .command('serve')
    .description('the daemon, against configured services')
    .option('--config <file>', 'a YAML file whose settings override the defaults')
    .action(async (options: { config?: string }) => {
      process.exitCode = await actions.serve(options);
    });
  program
    .command('up')
    .description('everything on this machine: private MariaDB, Redis and Flink, the daemon, and an example')
    .action(async () => {
      process.exitCode = await actions.up();
    });
  return program;
}
