import knex, { type Knex } from 'knex';

export interface DatabaseSettings {
  readonly host: string;
  readonly port: number;
  readonly socketPath?: string | undefined;
  readonly user: string;
  readonly password?: string | undefined;
  /** Without one: only to create it. */
  readonly database?: string | undefined;
  readonly poolSize: number;
}

/** A pool of connections, each in UTC and READ COMMITTED. Opens nothing until it is used. */
export function connect(settings: DatabaseSettings): Knex {
  const connection = {
    user: settings.user,
    ...(settings.database === undefined ? {} : { database: settings.database }),
    timezone: 'Z',
    charset: 'utf8mb4',
    // MySQL would hand JSON columns over parsed, MariaDB as text: text from both.
    jsonStrings: true,
    connectTimeout: 5000,
    ...(settings.socketPath === undefined ? { host: settings.host, port: settings.port } : { socketPath: settings.socketPath }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
  };
  return knex({
    client: 'mysql2',
    connection,
    pool: { min: 0, max: settings.poolSize, acquireTimeoutMillis: 10_000, afterCreate: prepare },
    // knex prints some failures by itself; they are all thrown as well.
    log: { warn: () => undefined, error: () => undefined, deprecate: () => undefined, debug: () => undefined },
  });
}

interface RawConnection {
  query(sql: string, done: (error: { errno?: unknown } | null) => void): void;
}

/** Only MariaDB ends a transaction whose client froze; MySQL does not know the variable. */
const UNKNOWN_VARIABLE = 1193;

const SESSION = [
  // mysql2 converts times on the client only. MariaDB 10.11 has no transaction_isolation, so it is a statement of its own.
  "SET time_zone = '+00:00'",
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  // A daemon that is frozen inside a transaction must not hold the others up for long.
  'SET SESSION innodb_lock_wait_timeout = 5',
  'SET SESSION idle_transaction_timeout = 10',
];

function prepare(connection: RawConnection, done: (error: unknown, connection: RawConnection) => void): void {
  const [next, ...rest] = SESSION;
  const run = (statement: string | undefined, following: readonly string[]): void => {
    if (statement === undefined) {
      done(null, connection);
      return;
    }
    connection.query(statement, (error) => {
      if (error !== null && error.errno !== UNKNOWN_VARIABLE) done(error, connection);
      else run(following[0], following.slice(1));
    });
  };
  run(next, rest);
}
