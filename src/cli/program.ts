import { Command, InvalidArgumentError } from 'commander';

/** What the commands do; each resolves with the exit code. */
export interface Actions {
  serve(options: { config?: string }): Promise<number>;
  up(ports: { apiPort: number; managementPort: number; flinkPort: number }): Promise<number>;
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
    .option('--api-port <port>', 'the port of the API', port, 8080)
    .option('--management-port <port>', 'the port of /healthz and /readyz', port, 9081)
    .option('--flink-port <port>', "the port of Flink's REST API and page", port, 8081)
    .action(async (ports: { apiPort: number; managementPort: number; flinkPort: number }) => {
      process.exitCode = await actions.up(ports);
    });
  return program;
}

function port(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw new InvalidArgumentError('write a number from 1 to 65535');
}
