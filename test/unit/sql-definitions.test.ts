import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { SqlColumn } from '../../src/domain/sql-session.ts';
import { columnsOf, definitionOf, quotedIdentifier } from '../../src/flink/sql-tables.ts';
import { gatewayTables, VERSIONS } from '../support/gateway-texts.ts';

/** What is to be told of each of the tables that were captured: columns as `name TYPE`, and options; temporary ones are marked. */
const told: Readonly<
  Record<string, { readonly columns: readonly string[]; readonly options: Readonly<Record<string, string>>; readonly temporary?: true }>
> = {
  'a plain table': { columns: ['id BIGINT', 'name STRING'], options: { connector: 'datagen' } },
  'a temporary table': { columns: ['id BIGINT'], options: { connector: 'blackhole' }, temporary: true },
  'computed and metadata columns': {
    columns: ['id INT', 'twice INT', 'path STRING', 'size BIGINT NOT NULL'],
    options: { connector: 'filesystem', path: 'file:///tmp/nowhere', format: 'raw' },
  },
  'a partitioned table': {
    columns: ['id BIGINT', 'd STRING'],
    options: { connector: 'filesystem', path: 'file:///tmp/nowhere', format: 'raw' },
  },
  'comments with quotes': { columns: ['id BIGINT', 'name STRING'], options: { connector: 'datagen' } },
  'a watermark and a primary key': {
    columns: [
      'id BIGINT NOT NULL',
      'ts TIMESTAMP_LTZ(3)',
      'price DECIMAL(10, 2)',
      'tags ARRAY<STRING NOT NULL> NOT NULL',
      'm MAP<STRING, …>',
    ],
    options: { connector: 'datagen' },
  },
  'a table like another': {
    columns: ['id BIGINT', 'name STRING', 'more BIGINT'],
    options: { connector: 'datagen', 'rows-per-second': '7' },
  },
  'options with quotes, lines and brackets': {
    columns: ['id BIGINT'],
    options: {
      connector: 'datagen',
      'o.quote': "it's",
      'o.lines': 'a\n  b',
      'o.brackets': ")) WITH ('x' = 'y'",
      'o.empty': '',
      'o.uni': 'é💥',
    },
  },
  'options that are secrets': {
    columns: ['id BIGINT'],
    options: { connector: 'datagen', 'o.password': 'hunter2', url: 'jdbc:mysql://u:p@h/db' },
  },
  'a column named WITH': { columns: ['WITH BIGINT', 'a`b STRING'], options: { connector: 'datagen' } },
  'a processing time': { columns: ['id BIGINT', 'p TIMESTAMP_LTZ(3) NOT NULL'], options: { connector: 'datagen' } },
  'a distributed table': { columns: ['id BIGINT'], options: { connector: 'datagen' } },
};
/** The versions write the nullability within a ROW differently. */
const written = ({ name, type }: SqlColumn): string => `${name} ${type}`.replace(/ROW<.*>>/, '…>');

for (const version of VERSIONS) {
  describe(`a table as Flink ${version} tells it`, () => {
    for (const { name, show, describe: rows } of gatewayTables(version)) {
      it(name, () => {
        const { columns, options, temporary = false } = told[name]!;
        expect(definitionOf([[show]])).to.deep.equal({ temporary, properties: options });
        expect(columnsOf(rows).map(written)).to.deep.equal(columns);
      });
    }
  });
}

describe('a definition', () => {
  it('without options', () =>
    expect(definitionOf([['CREATE TABLE `a`.`b`.`c` (\n  `x` TIMESTAMP(3) WITH LOCAL TIME ZONE\n)\n']])).to.deep.equal({
      temporary: false,
      properties: {},
    }));
  it("that is no table's, or too large to be one", () => {
    const rows: (readonly unknown[])[] = [
      [],
      [null],
      [7],
      [''],
      ['CREATE VIEW `a` AS SELECT 1'],
      ['CREATE TEMPORARY VIEW `a` AS SELECT 1'],
      ['DROP TABLE a'],
    ];
    for (const row of rows) expect(definitionOf([row])).to.equal(undefined);
    expect(definitionOf([])).to.equal(undefined);
    expect(definitionOf([[`CREATE TABLE a (x INT) WITH ('y' = '${'z'.repeat(1_048_576)}')`]])).to.equal(undefined);
  });
  it('that is cut off', () =>
    expect(definitionOf([["CREATE TABLE a (x INT) WITH ('y' = 'z', 'w"]])).to.deep.equal({
      temporary: false,
      properties: { y: 'z', w: '' },
    }));
});

describe('columns', () => {
  it('of rows with anything in them', () => {
    expect(
      columnsOf([['a', 'INT', 'false'], ['b', 'INT', 'true'], ['c', 'INT', null], ['d', 'TIMESTAMP(3) *ROWTIME*', false], []]),
    ).to.deep.equal([
      { name: 'a', type: 'INT NOT NULL' },
      { name: 'b', type: 'INT' },
      { name: 'c', type: 'INT' },
      { name: 'd', type: 'TIMESTAMP(3) NOT NULL' },
      { name: 'undefined', type: 'undefined' },
    ]);
  });
});

describe('the name of a table in a statement', () => {
  it('is quoted', () =>
    expect(quotedIdentifier({ catalogName: 'c.3', databaseName: 'my`db', name: "t; DROP TABLE ``'a'" })).to.equal(
      "`c.3`.`my``db`.`t; DROP TABLE ````'a'`",
    ));
});
