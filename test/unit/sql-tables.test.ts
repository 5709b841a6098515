import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { PlannedTables, SqlTableName } from '../../src/domain/sql-session.ts';
import { tablesOfExplanation, tablesOfPlan } from '../../src/flink/sql-tables.ts';
import { gatewayPlans, VERSIONS } from '../support/gateway-texts.ts';

const parts = ({ catalogName, databaseName, name }: SqlTableName): string[] => [catalogName, databaseName, name];
const TREE = '== Abstract Syntax Tree ==\n';
const readings = (text: string): { readonly sources: string[][]; readonly sinks: string[][] } => {
  const { sources, sinks } = tablesOfExplanation(TREE + text);
  const all = (tables: PlannedTables<SqlTableName>['sources']): string[][] =>
    tables.map((names) => names.map((name) => parts(name).join('|')));
  return { sources: all(sources), sinks: all(sinks) };
};

for (const version of VERSIONS) {
  describe(`the tables of a statement on Flink ${version}`, () => {
    for (const { name, sources, sinks, explanation, plan } of gatewayPlans(version)) {
      it(`by EXPLAIN: ${name}`, () => {
        const found = tablesOfExplanation(explanation);
        for (const [role, expected] of [
          ['sources', sources],
          ['sinks', sinks],
        ] as const) {
          expect(found[role]).to.have.length(expected.length);
          for (const [i, table] of expected.entries()) expect(found[role][i]!.map(parts)).to.deep.include(table);
        }
      });
      it(`by COMPILE PLAN: ${name}`, () => {
        const found = tablesOfPlan(plan);
        expect(found?.sources.map((names) => names.map(parts))).to.have.deep.members(sources.map((table) => [table]));
        expect(found?.sinks.map((names) => names.map(parts))).to.deep.equal(sinks.map((table) => [table]));
      });
    }
  });
}

describe('an explanation', () => {
  it('tells each table once', () => {
    const scan = '   +- LogicalTableScan(table=[[c, d, t]])\n';
    expect(readings(`${scan}:  ${scan}`)).to.deep.equal({ sources: [['c|d|t']], sinks: [] });
  });
  it('tells every way to read a name with a separator in it, up to ten', () => {
    expect(readings('LogicalSink(table=[a.b.c.d], fields=[x])').sinks).to.deep.equal([['a|b|c.d', 'a|b.c|d', 'a.b|c|d']]);
    expect(readings('LogicalTableScan(table=[[a, b, c, d]])').sources).to.deep.equal([['a|b|c, d', 'a|b, c|d', 'a, b|c|d']]);
    const [names] = readings(`LogicalSink(table=[a.${'b.'.repeat(1000)}c], fields=[x])`).sinks;
    expect(names).to.have.length(10);
    expect(names?.[0]).to.equal(`a|b|${'b.'.repeat(999)}c`);
  });
  it('of which nothing is understood names none', () => {
    const texts: unknown[] = [
      ...[undefined, null, 7, '', 'text', TREE, '== Optimized Physical Plan ==\nLogicalTableScan(table=[[c, d, t]])'],
      ...[`${TREE}TableScan(table=[[c, d, t]])`, `${TREE}x LogicalTableScan(table=[[c, d, t]])`, `${TREE}LogicalTableScan(table=[[c, d, t`],
      ...[`${TREE}LogicalSink(table=[c.d.t])`, `${TREE}a=[_UTF-16LE'\nLogicalTableScan(table=[[c, d, t]])`],
    ];
    for (const text of texts) expect(tablesOfExplanation(text)).to.deep.equal({ sources: [], sinks: [] });
    expect(readings('LogicalTableScan(table=[[t]])')).to.deep.equal({ sources: [[]], sinks: [] });
  });
  it('of any size is read at once', () => {
    const pieces = [
      '\n',
      ' ',
      '+',
      "_UTF-16LE'",
      "_UTF-16LE'a'",
      "''",
      'LogicalTableScan(table=[[',
      'LogicalTableScan(table=[[a, b, c]])\n',
      ']], hints=[',
      '], fields=[',
    ];
    for (const piece of pieces) readings(piece.repeat(1_000_000 / piece.length));
    for (const [before, piece, behind] of [
      ['LogicalSink(table=[', 'a.', '], fields=['],
      ['LogicalTableScan(table=[[', 'a, ', ']])'],
      ['LogicalTableScan(table=[[', ']], ', ')'],
    ] as const)
      readings(before + piece.repeat(1_000_000 / piece.length) + behind);
  });
});

describe('a compiled plan', () => {
  it('that is none, or of which nothing is understood', () => {
    for (const text of ['', 'x', '{}', '[]', 'null', '{"nodes":{}}']) expect(tablesOfPlan(text)).to.equal(undefined);
    const nodes = [
      ...[
        null,
        1,
        [],
        {},
        { scanTableSource: null },
        { scanTableSource: {} },
        { scanTableSource: { table: null } },
        { scanTableSource: { table: {} } },
      ],
      ...[{ scanTableSource: { table: { identifier: 7 } } }, { scanTableSource: { table: { identifier: '`a`.`b`' } } }],
      ...[{ scanTableSource: { table: { identifier: '`a`.`b`.`c`.`d`' } } }, { otherTable: { table: { identifier: '`a`.`b`.`c`' } } }],
    ];
    expect(tablesOfPlan(JSON.stringify({ nodes }))).to.deep.equal({ sources: [], sinks: [] });
  });
});
