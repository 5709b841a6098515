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
  query(sql: string, done: (error: Error | null) => void): void;
}

/** mysql2 converts times on the client only, so the session's zone is set as well. Two statements: MariaDB 10.11 has no transaction_isolation. */
function prepare(connection: RawConnection, done: (error: Error | null, connection: RawConnection) => void): void {
  connection.query("SET time_zone = '+00:00'", (zoneError) => {
    if (zoneError !== null) {
      done(zoneError, connection);
      return;
    }
    connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', (error) => done(error, connection));
  });
}
