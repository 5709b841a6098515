import type { DatabaseSettings } from '../../src/store/connection.ts';
import type { privateMariadb } from './servers.ts';

export type Mariadb = Awaited<ReturnType<typeof privateMariadb>>;

/** How its database `drey` is reached. */
export const settingsOf = ({ socketPath, user }: Mariadb): DatabaseSettings => ({
  host: '',
  port: 0,
  socketPath,
  user,
  database: 'drey',
  poolSize: 10,
});

/** The server's number of the error that a query ends with. */
export const errnoOf = (query: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(query).then(
    () => 'no error',
    (error: unknown) => (error instanceof Error && 'errno' in error ? error.errno : error),
  );
