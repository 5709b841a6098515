import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { LEAVES } from '../../config/names.ts';
import { nodeOf } from '../../src/schema/walk.ts';
import { configFolder } from '../support/config-folder.ts';

describe('configuration', () => {
  const { folder, file, loaded, faults } = configFolder();

  it('has defaults', () => {
    const { settings, warnings } = loaded();
    const interval: number = settings.probe.intervalMs;
    expect(interval).to.equal(5000);
    expect(settings.mysql).to.deep.equal({ host: '127.0.0.1', port: 3306, user: 'drey', database: 'drey', poolSize: 10 });
    expect(settings.flink.breaker).to.deep.equal({ failures: 3, firstMs: 5000, mostMs: 30_000 });
    expect(warnings).to.deep.equal([]);
  });
  it('says of every setting what it is, in its schema and in default.yaml alike', () => {
    const text = readFileSync(new URL('../../config/default.yaml', import.meta.url), 'utf8');
    for (const { path, name, schema } of LEAVES) {
      const { description } = nodeOf(schema);
      const key = name.split('.').at(-1) ?? '';
      expect(text, path.join('.')).to.match(
        new RegExp(`# ${(description ?? 'nothing').replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')}\n +(# )?${key}:`),
      );
    }
  });
  it('is overridden by local.yaml, then by the given file, then by the environment', () => {
    file('config/local.yaml', 'drey:\n  mysql: {host: local, user: local, database: local, port: 1}\n');
    file('given.yaml', 'drey:\n  mysql: {host: given, user: given, database: given}\n');
    const { settings } = loaded({ DREY_MYSQL_HOST: 'env', DREY_MYSQL_POOL_SIZE: '3' }, 'given.yaml');
    expect(settings.mysql).to.deep.equal({ host: 'env', user: 'given', database: 'given', port: 1, poolSize: 3 });
  });
  it('takes every spelling of a key, bare milliseconds and ISO-8601', () => {
    file('config/local.yaml', 'DREY:\n  flink:\n    readTimeout: 1s\n    submit_timeout: 2500\n    UPLOAD-TIMEOUT: PT3S\n');
    expect(loaded().settings.flink).to.include({ readTimeoutMs: 1000, submitTimeoutMs: 2500, uploadTimeoutMs: 3000 });
  });
  it('takes keys that stand for several levels', () => {
    file('config/local.yaml', 'drey.flink.breaker.first: 1s\ndrey:\n  flink.breaker: {failures: 7}\n  flink: {breaker.most: 2s}\n');
    expect(loaded().settings.flink.breaker).to.deep.equal({ failures: 7, firstMs: 1000, mostMs: 2000 });
  });
  it('takes a section whose lines are all comments', () => {
    file('config/local.yaml', 'drey:\n  mysql:\n    # host: x\n  api: {port: 0}\n');
    expect(loaded().settings.api.port).to.equal(0);
  });
  it('reads secrets from files, and shows none', () => {
    file('secret', 'geheim\n');
    const { settings, effective } = loaded({ DREY_MYSQL_PASSWORD_FILE: join(folder(), 'secret') });
    expect(settings.mysql.password).to.equal('geheim');
    expect(effective).to.have.nested.property('drey.mysql.password', '***');
    expect(effective).to.have.nested.property('drey.flink.read-timeout', '5s');
  });
  it('tells all faults of all sources at once, each with its place and what would be right', () => {
    file(
      'config/local.yaml',
      'drey:\n  mysql:\n    prot: 3306\n    pool-size: many\n    poolSize: 3\n  probe: 5s\n  log:\n    level: INFO\nsrv: {}\n',
    );
    file('given.yaml', 'drey:\n  flink:\n    read-timeout: 1h30m\n    breaker:\n      first: 0s\n  api:\n    port: 70000\n    host:\n');
    const env = {
      DREY_MYSQL_HOTS: 'x',
      DREY_REDIS_PORT: '6379a',
      DREY_MYSQL_USER: '',
      DREY_REDIS_PASSWORD: 'a',
      DREY_REDIS_PASSWORD_FILE: '/nowhere',
      DREY_MYSQL_PASSWORD_FILE: '/nowhere',
      DREY_SERVER: 'http://other',
    };
    const told = faults(env, 'given.yaml');
    expect(told).to.have.length(15);
    const expected = [
      /^config\/local\.yaml:3 drey\.mysql\.prot is not a setting; did you mean "port"\?$/,
      /^config\/local\.yaml:4 drey\.mysql\.pool-size must be an integer, not "many"$/,
      /^config\/local\.yaml:5 drey\.mysql\.poolSize is given twice, first at config\/local\.yaml:4$/,
      /^config\/local\.yaml:6 drey\.probe is a section; write its settings below it$/,
      /^config\/local\.yaml:8 drey\.log\.level must be trace, .* or silent, not "INFO"; did you mean "info"\?$/,
      /^config\/local\.yaml:9 srv is not a root key/,
      /^given\.yaml:3 drey\.flink\.read-timeout "1h30m" is not a duration; write one number with/,
      /^given\.yaml:5 drey\.flink\.breaker\.first must be from 1ms to 24d, not "0s"$/,
      /^given\.yaml:7 drey\.api\.port must be from 0 to 65535, not 70000$/,
      /^given\.yaml:8 drey\.api\.host has no value; give it one or remove the line$/,
      /^DREY_MYSQL_HOTS is not a setting; did you mean DREY_MYSQL_HOST\?$/,
      /^DREY_REDIS_PORT must be an integer, not "6379a"$/,
      /^DREY_MYSQL_USER is empty; give it a value or unset it$/,
      /^DREY_REDIS_PASSWORD_FILE and its other form are both set; unset one of them$/,
      /^DREY_MYSQL_PASSWORD_FILE names \/nowhere, which cannot be read: /,
    ];
    for (const pattern of expected)
      expect(
        told.filter((line) => pattern.test(line)),
        String(pattern),
      ).to.have.length(1);
  });
  it('never tells a secret in a fault', () => {
    file('config/local.yaml', 'drey:\n  mysql:\n    password: 1234\n');
    expect(faults()).to.deep.equal(['config/local.yaml:3 drey.mysql.password must be a string, not what is there']);
  });
  const broken: [string, string, RegExp][] = [
    ['that is empty', '# nothing\n', /^given\.yaml is empty; give it a "drey:" block or remove it$/],
    ['that is no YAML', 'drey:\n  api: [1\n', /^given\.yaml:\d+:\d+ /],
    ['with a key twice', 'drey: {}\ndrey: {}\n', /^given\.yaml:2:1 Map keys must be unique/],
    ['that is a list', '- drey\n', /^given\.yaml:1 must be a map with the keys drey and vvp$/],
    ['with a tag', 'drey: !ruby/object {}\n', /^given\.yaml:1:7 Unresolved tag/],
  ];
  for (const [what, text, pattern] of broken) {
    it(`refuses a file ${what}`, () => {
      const told = faults({}, file('given.yaml', text));
      expect(told).to.have.length(1);
      expect(told[0]).to.match(pattern);
    });
  }
  it('refuses a file that is not there, and a directory', () => {
    expect(faults({}, 'absent.yaml')[0]).to.match(/^absent\.yaml cannot be read: .*ENOENT/);
    expect(faults({}, 'config')[0]).to.match(/^config cannot be read: .*EISDIR/);
  });
  it('refuses the path of a socket that is too long for a socket', () =>
    expect(faults({ DREY_MYSQL_SOCKET_PATH: `/${'x'.repeat(120)}` })).to.deep.equal([
      'DREY_MYSQL_SOCKET_PATH is too long: the path of a unix socket holds 107 bytes',
    ]));
});
