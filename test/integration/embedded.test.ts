import { expect } from 'chai';
import { Redis } from 'ioredis';
import { after, before, describe, it } from 'mocha';
import { createConnection } from 'mysql2/promise';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireFreePort, socketFolder } from '../../src/embedded/addresses.ts';
import { flinkHome } from '../../src/embedded/flink.ts';
import { commandLineOf, endLeftovers, lockFolder } from '../../src/embedded/pid-file.ts';
import { startProcess, startUntilReady, type ProcessSpec } from '../../src/embedded/process.ts';
import { createServers } from '../../src/embedded/servers.ts';
import { privateFlink, privateMariadb, privateRedis, type PrivateServer } from '../support/servers.ts';

describe('private servers', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'drey-test-embedded-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const isGone = (server: PrivateServer) => {
    expect(commandLineOf(server.process().pid)).to.be.undefined;
    expect(existsSync(server.folder)).to.be.false;
  };

  describe('MariaDB', () => {
    const query = async (server: PrivateServer & { user: string }, sql: string): Promise<unknown> => {
      const connection = await createConnection({ socketPath: server.socketPath, user: server.user });
      try {
        return (await connection.query(sql))[0];
      } finally {
        await connection.end();
      }
    };

    it('keeps what was committed over SIGKILL, and leaves nothing behind', async () => {
      const server = await privateMariadb();
      await query(server, 'CREATE DATABASE kept');
      await query(server, 'CREATE TABLE kept.numbers AS SELECT 7 AS n');
      await server.kill();
      expect(await server.process().exited).to.deep.equal({ code: null, signal: 'SIGKILL' });
      await server.start();
      expect(await query(server, 'SELECT n FROM kept.numbers')).to.deep.equal([{ n: 7 }]);
      await server.stop();
      isGone(server);
    });

    it('takes arguments that go before its own', async () => {
      const server = await privateMariadb({ args: ['--log-bin=log', '--server-id=1'] });
      expect(await query(server, 'SELECT @@log_bin AS enabled')).to.deep.equal([{ enabled: 1 }]);
      await server.stop();
    });

    it('says why it does not start', async () => {
      const error: unknown = await privateMariadb({ args: ['--no-such-option'] }).catch((reason: unknown) => reason);
      expect(error)
        .to.be.instanceOf(Error)
        .with.property('message')
        .that.matches(/^mariadb ended with code \d+.*no-such-option/s);
    });
  });

  describe('Redis', () => {
    const withRedis = async <T>(server: PrivateServer, work: (redis: Redis) => Promise<T>): Promise<T> => {
      const redis = new Redis({ path: server.socketPath, maxRetriesPerRequest: 1 });
      try {
        return await work(redis);
      } finally {
        redis.disconnect();
      }
    };

    it('is set as BullMQ needs it, goes on after SIGSTOP, keeps its keys over a stop', async () => {
      const server = await privateRedis();
      expect(await withRedis(server, (redis) => redis.config('GET', 'maxmemory-policy'))).to.deep.equal(['maxmemory-policy', 'noeviction']);
      server.pause();
      const answer = withRedis(server, (redis) => redis.set('key', 'kept'));
      server.resume();
      expect(await answer).to.equal('OK');
      await server.halt();
      await server.start();
      expect(await withRedis(server, (redis) => redis.get('key'))).to.equal('kept');
      await server.stop();
      isGone(server);
    });
  });

  describe('Flink', () => {
    it('is a JobManager, a TaskManager and, where one is wanted, a SQL Gateway, and leaves nothing behind', async () => {
      const flink = await privateFlink({ version: '2.3.0', withGateway: true });
      const processes = flink.processes();
      const info = await fetch(`${flink.gatewayUrl}/info`).then((response) => response.text());
      await flink.stop();
      expect(processes.map(({ name }) => name)).to.have.members(['flink-jobmanager', 'flink-taskmanager', 'flink-gateway']);
      expect(info).to.include('"version":"2.3.0"');
      for (const { pid } of processes) expect(commandLineOf(pid)).to.equal(undefined);
    });
  });

  describe('a process', () => {
    const spec = (name: string, script: string): ProcessSpec => ({
      name,
      command: process.execPath,
      args: ['-e', script],
      runFolder: join(folder, 'run'),
      logFolder: join(folder, 'log'),
    });
    const forEver = 'setInterval(() => 0, 1000)';
    const reason = (failing: Promise<unknown>) =>
      failing.then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : error),
      );

    it('that does not listen to SIGTERM is killed at the deadline', async () => {
      const deaf = await startUntilReady(
        spec('deaf', `process.on('SIGTERM', () => 0); require('fs').writeFileSync('${folder}/deaf', ''); ${forEver}`),
        () => Promise.resolve(existsSync(join(folder, 'deaf'))),
        { deadlineMs: 5000 },
      );
      await deaf.stop(50);
      expect((await deaf.exited).signal).to.equal('SIGKILL');
      await deaf.stop();
    });

    it('that ends before it is ready is told with the end of its log', async () => {
      const message = await reason(
        startUntilReady(spec('hasty', 'console.log("no disk"); process.exit(3)'), () => Promise.resolve(false), { deadlineMs: 5000 }),
      );
      expect(message).to.match(/^hasty ended with code 3\..*no disk/s);
    });

    it('that is not ready is ended at the deadline, and when the wait is aborted', async () => {
      const never = () => new Promise<boolean>(() => undefined);
      expect(await reason(startUntilReady(spec('slow', forEver), () => Promise.resolve(false), { deadlineMs: 50 }))).to.match(
        /^slow is not ready after 0.05 s/,
      );
      const controller = new AbortController();
      const waiting = startUntilReady(spec('unwanted', forEver), never, { deadlineMs: 60_000, signal: controller.signal });
      controller.abort(new Error('Ctrl-C'));
      expect(await reason(waiting)).to.equal('Ctrl-C');
      expect(readdirSync(join(folder, 'run'))).to.deep.equal([]);
    });

    it('that cannot be started says so', async () => {
      const missing = { ...spec('missing', ''), command: '/no/such/program' };
      expect(await reason(startProcess(missing))).to.match(/^missing: cannot run \/no\/such\/program/);
    });

    it('that an earlier run has left is ended by the next, a stranger with its number is not', async () => {
      const left = await startProcess(spec('left', forEver));
      writeFileSync(join(folder, 'run', 'stranger.pid'), `${process.pid}\n0\nsome other program\n`);
      expect(await endLeftovers(join(folder, 'run'))).to.deep.equal(['left']);
      expect((await left.exited).signal).to.equal('SIGTERM');
      expect(readdirSync(join(folder, 'run'))).to.deep.equal([]);
    });

    it('has a folder for itself as long as it lives', async () => {
      const run = join(folder, 'run');
      const other = await startProcess(spec('other', forEver));
      const text = `${other.pid}\n0\n${commandLineOf(other.pid) ?? ''}\n`;
      writeFileSync(join(run, 'up.lock'), text);
      expect(() => lockFolder(run, 'up')).to.throw(`already runs in this folder, as process ${other.pid}`);
      await other.stop();
      const release = lockFolder(run, 'up');
      release();
      expect(readdirSync(run)).to.deep.equal([]);
    });
  });

  describe('all of them', () => {
    const spec = (name: string): ProcessSpec => ({
      name,
      command: process.execPath,
      args: ['-e', 'setInterval(() => 0, 1000)'],
      runFolder: join(folder, 'run'),
      logFolder: join(folder, 'log'),
    });
    const world = () => {
      const said: string[] = [];
      const screen = {
        isLive: false,
        say: (text: string) => void said.push(text),
        show: () => undefined,
        follow: <T>(title: string, work: Promise<T>) => work.finally(() => said.push(title)),
      };
      const servers = createServers(screen, new AbortController().signal);
      const add = (name: string) =>
        servers.add(
          name,
          () => startProcess(spec(name)),
          (started) => [started],
        );
      return { said, servers, add };
    };

    it('are stopped in the reverse of their order, and that they end then is no news', async () => {
      const { said, servers, add } = world();
      await add('first');
      await add('second');
      await servers.stopAll();
      expect(said).to.deep.equal(['Starting first', 'Starting second', 'Stopping second', 'Stopping first']);
      expect(readdirSync(join(folder, 'run'))).to.deep.equal([]);
    });

    it('are told of when one of them dies, and the others run on', async () => {
      const { said, servers, add } = world();
      const [first, second] = [await add('first'), await add('second')];
      first.signal('SIGKILL');
      await first.exited;
      expect(second.hasExited()).to.equal(false);
      await servers.stopAll();
      expect(said.slice(2)).to.deep.equal([
        `first has ended by SIGKILL. It is not started again: stop with Ctrl-C. Its log: ${first.logFile}`,
        'Stopping second',
      ]);
    });
  });

  it('have sockets in a folder of their own, with a name that fits a socket', () => {
    const sockets = socketFolder(join(folder, 'a'.repeat(200)));
    expect(Buffer.byteLength(join(sockets, 'mariadb.sock'))).to.be.below(104);
    expect(socketFolder(join(folder, 'a'.repeat(200)))).to.equal(sockets);
    expect(socketFolder(folder)).not.to.equal(sockets);
    for (const made of [sockets, socketFolder(folder)]) rmSync(made, { recursive: true });
  });

  it('say which port is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const error: unknown = await requireFreePort(port, 'a test').catch((reason: unknown) => reason);
      expect(String(error)).to.include(`port ${port}, wanted for a test, is taken by another process`);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    await requireFreePort(port, 'a test');
  });

  it('look for Flink where the set-up puts it', async () => {
    const script: unknown = await import(new URL('../../scripts/flink-build.mjs', import.meta.url).href);
    const rule: unknown = typeof script === 'object' && script !== null && 'flinkHome' in script ? script.flinkHome : undefined;
    expect(typeof rule === 'function' ? Reflect.apply(rule, undefined, ['2.3.0']) : rule).to.equal(flinkHome('2.3.0'));
  });
});
