import { expect } from 'chai';
import { describe, it } from 'mocha';
import { maskedProperties } from '../../src/domain/sql-properties.ts';

describe("a table's options", () => {
  const masked = (key: string, value: string): string | undefined => maskedProperties({ [key]: value })[key];

  const sensitive = [
    ...[
      'password',
      'PASSWORD',
      'lookup.password',
      'properties.ssl.keystore.password',
      'passwd',
      'key.passphrase',
      'client-secret',
      'secret-key',
    ],
    ...[
      'properties.sasl.jaas.config',
      'fs.azure.account.key.x',
      'apikey',
      'api-key',
      'api.key',
      'service-key',
      'access-key',
      's3.accessKey',
    ],
    ...[
      'private_key',
      'properties.ssl.keystore.key',
      'token',
      'oauth.token',
      'aws.credentials.basic.accesskeyid',
      'avro-confluent.basic-auth.user-info',
    ],
    ...['rest.auth-params', 'format.http-headers', 'http.request.header.Authorization'],
  ];
  for (const key of sensitive) it(`${key} is masked`, () => expect(masked(key, 'hunter2')).to.equal('******'));

  const plain = [
    'connector',
    'url',
    'topic',
    'key.format',
    'key.fields',
    'value.fields-include',
    'table-name',
    'username',
    'path',
    'format',
    '',
  ];
  for (const key of plain) it(`"${key}" is told`, () => expect(masked(key, 'a value')).to.equal('a value'));

  const values: readonly (readonly [value: string, told: string])[] = [
    ['jdbc:mysql://host:3306/db', 'jdbc:mysql://host:3306/db'],
    ['jdbc:mysql://user:hunter2@host:3306/db', 'jdbc:mysql://user:******@host:3306/db'],
    ['https://user@host/x', 'https://user@host/x'],
    ['https://:hunter2@host', 'https://:******@host'],
    ['mongodb://u:p@ss@host,b', 'mongodb://u:******@host,b'],
    ['amqp://a:b@c amqp://d:e@f', 'amqp://a:******@c amqp://d:******@f'],
    ['jdbc:postgresql://h/db?user=u&password=hunter2&ssl=true', 'jdbc:postgresql://h/db?user=u&password=******&ssl=true'],
    ['jdbc:sqlserver://h;user=u;password=hunter2;encrypt=true', 'jdbc:sqlserver://h;user=u;password=******;encrypt=true'],
    ['https://h/x?accessKey=a&Token=b', 'https://h/x?accessKey=******&Token=******'],
    ['at 10:30 mail a@b.c', 'at 10:30 mail a@b.c'],
    ['', ''],
  ];
  for (const [value, told] of values) it(`"${value}" is told as "${told}"`, () => expect(masked('url', value)).to.equal(told));

  it('are masked at once, however large', () => {
    for (const piece of ['://a:', '://', ':', '@', 'password', 'key=', 'a'])
      expect(masked('url', piece.repeat(1_000_000 / piece.length))).to.be.a('string');
  });
});
