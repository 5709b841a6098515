import { InvalidArgumentError, type Command } from 'commander';

/** Where `drey up` listens. */
export interface Ports {
  readonly apiPort: number;
  readonly managementPort: number;
  readonly flinkPort: number;
  readonly sqlGatewayPort: number;
}

/** What the commands do that run on this machine; each resolves with the exit code. */
export interface Actions {
  serve(options: { config?: string }): Promise<number>;
  up(ports: Ports): Promise<number>;
  /** `status` tells which migrations are applied: 0 when all are. `up` applies those that are not. */
  migrate(verb: 'status' | 'up', options: { config?: string }): Promise<number>;
}

/** `drey serve`, `up` and `migrate`: the daemon and its database. */
export function addDaemon(program: Command, actions: Actions, end: (exitCode: number) => void): void {
  program
    .command('serve')
    .description('the daemon, against configured services')
    .option(...CONFIG)
    .action(async (options: { config?: string }) => end(await actions.serve(options)));
  program
    .command('up')
    .description('everything on this machine: private MariaDB, Redis and Flink, the daemon, and two examples')
    .option('--api-port <port>', 'the port of the API', port, 8080)
    .option('--management-port <port>', 'the port of /healthz and /readyz', port, 9081)
    .option('--flink-port <port>', "the port of Flink's REST API and page", port, 8081)
    .option('--sql-gateway-port <port>', "the port of Flink's SQL Gateway", port, 8083)
    .action(async (ports: Ports) => end(await actions.up(ports)));
  const migrate = program.command('migrate').description('the schema of the database');
  migrate
    .command('status')
    .description('which migrations are applied; exit code 1 when some are pending')
    .option(...CONFIG)
    .action(async (options: { config?: string }) => end(await actions.migrate('status', options)));
  migrate
    .command('up')
    .description('apply those that are pending')
    .option(...CONFIG)
    .action(async (options: { config?: string }) => end(await actions.migrate('up', options)));
}

const CONFIG = ['--config <file>', 'a YAML file whose settings override the defaults'] as const;

function port(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw new InvalidArgumentError('write a number from 1 to 65535');
}
