import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { faultWords, named, parseScript, scriptFaults } from '../../src/domain/sql-script.ts';

/** What a script is made of: each definition, then what is sent of the job behind its kind. */
function partsOf(script: string): string[] {
  const { definitions, job } = parseScript(script);
  const text = ({ start, end }: { readonly start: number; readonly end: number }): string => script.slice(start, end);
  return [...definitions.map((one) => `${one.kind} ${text(one)}`), `${job.kind} ${text(job.body)}`];
}

describe('the statements of a script', () => {
  const table: readonly [what: string, script: string, parts: readonly string[]][] = [
    ['one INSERT', 'INSERT INTO a SELECT 1', ['insert INSERT INTO a SELECT 1']],
    ['with a semicolon, and more of them', ';;INSERT INTO a SELECT 1;;\n;', ['insert INSERT INTO a SELECT 1']],
    [
      'in lower case',
      'create table a (x int); insert into a select 1',
      ['definition create table a (x int)', 'insert insert into a select 1'],
    ],
    ['INSERT OVERWRITE', 'INSERT OVERWRITE a SELECT 1', ['insert INSERT OVERWRITE a SELECT 1']],
    ['EXECUTE INSERT, of which EXECUTE is not sent', 'EXECUTE INSERT INTO a SELECT 1', ['insert INSERT INTO a SELECT 1']],
    [
      'an INSERT with a common table expression',
      'INSERT INTO a WITH q AS (SELECT 1) TABLE q',
      ['insert INSERT INTO a WITH q AS (SELECT 1) TABLE q'],
    ],
    [
      'settings',
      "SET 'x' = 'y'; RESET 'x'; INSERT INTO a SELECT 1",
      ["setting SET 'x' = 'y'", "setting RESET 'x'", 'insert INSERT INTO a SELECT 1'],
    ],
    [
      'all that defines',
      'CREATE VIEW v AS SELECT 1; DROP TABLE t; ALTER TABLE t RENAME TO u; USE CATALOG c; LOAD MODULE m; UNLOAD MODULE m; ' +
        "ADD JAR 'x'; INSERT INTO a SELECT 1",
      [
        'definition CREATE VIEW v AS SELECT 1',
        'definition DROP TABLE t',
        'definition ALTER TABLE t RENAME TO u',
        'definition USE CATALOG c',
        'definition LOAD MODULE m',
        'definition UNLOAD MODULE m',
        "definition ADD JAR 'x'",
        'insert INSERT INTO a SELECT 1',
      ],
    ],
    [
      'semicolons in strings, names, comments and hints',
      "CREATE TABLE `a;b` (x INT COMMENT 'c;d'); -- e;\n/* f; */ INSERT INTO `a;b` /*+ o('g;h') */ SELECT ';' // i;",
      ["definition CREATE TABLE `a;b` (x INT COMMENT 'c;d')", "insert INSERT INTO `a;b` /*+ o('g;h') */ SELECT ';'"],
    ],
    ['a comment at its end is not sent', 'INSERT INTO a SELECT 1 -- end', ['insert INSERT INTO a SELECT 1']],
    ['a byte order mark', '\ufeffINSERT INTO a SELECT 1', ['insert INSERT INTO a SELECT 1']],
    [
      'a statement set',
      'EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END;',
      ['set INSERT INTO a SELECT 1; INSERT INTO b SELECT 2;'],
    ],
    ['a set without EXECUTE', 'STATEMENT SET BEGIN INSERT INTO a SELECT 1; END', ['set INSERT INTO a SELECT 1;']],
    ['a set as statements of its own', 'BEGIN STATEMENT SET; INSERT INTO a SELECT 1;\nEND;', ['set INSERT INTO a SELECT 1;']],
    [
      'a set with comments between its words',
      'execute /* a */ statement\nset -- b\nbegin insert into a select 1; end',
      ['set insert into a select 1;'],
    ],
    [
      'a CASE in a set',
      "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT CASE x WHEN 1 THEN 'END;' ELSE 'b' END FROM t; INSERT INTO c SELECT CASE WHEN y THEN 1\nEND; END",
      ["set INSERT INTO a SELECT CASE x WHEN 1 THEN 'END;' ELSE 'b' END FROM t; INSERT INTO c SELECT CASE WHEN y THEN 1\nEND;"],
    ],
    ['a column named END', 'BEGIN STATEMENT SET; INSERT INTO a SELECT `END` FROM t; END', ['set INSERT INTO a SELECT `END` FROM t;']],
    [
      'what stands before a set',
      'CREATE TABLE a (x INT); BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END',
      ['definition CREATE TABLE a (x INT)', 'set INSERT INTO a SELECT 1;'],
    ],
    [
      'tables with AS in columns and options',
      "CREATE TABLE t (x INT, y AS x + 1, `AS` INT) WITH ('a' = 'AS'); INSERT INTO t SELECT 1",
      ["definition CREATE TABLE t (x INT, y AS x + 1, `AS` INT) WITH ('a' = 'AS')", 'insert INSERT INTO t SELECT 1'],
    ],
    [
      'a function',
      "CREATE TEMPORARY SYSTEM FUNCTION f AS 'a.B' LANGUAGE JAVA; INSERT INTO t SELECT f(1)",
      ["definition CREATE TEMPORARY SYSTEM FUNCTION f AS 'a.B' LANGUAGE JAVA", 'insert INSERT INTO t SELECT f(1)'],
    ],
    [
      'a view of a table',
      'CREATE OR REPLACE TEMPORARY VIEW v AS TABLE t; INSERT INTO t TABLE v',
      ['definition CREATE OR REPLACE TEMPORARY VIEW v AS TABLE t', 'insert INSERT INTO t TABLE v'],
    ],
    [
      'a table that is called as a kind of table is',
      'CREATE TABLE `MATERIALIZED` (x INT); INSERT INTO `MATERIALIZED` SELECT 1',
      ['definition CREATE TABLE `MATERIALIZED` (x INT)', 'insert INSERT INTO `MATERIALIZED` SELECT 1'],
    ],
    [
      'secrets in strings',
      "CREATE TABLE t (x INT) WITH ('p' = '${a}', 'q' = N'${b}', 'r' = '$${c}'); INSERT INTO t SELECT 1",
      ["definition CREATE TABLE t (x INT) WITH ('p' = '${a}', 'q' = N'${b}', 'r' = '$${c}')", 'insert INSERT INTO t SELECT 1'],
    ],
    [
      'secrets in comments are none',
      'INSERT INTO t SELECT 1 -- ${a}\n/* `${b}` */ + 2',
      ['insert INSERT INTO t SELECT 1 -- ${a}\n/* `${b}` */ + 2'],
    ],
  ];
  for (const [what, script, parts] of table) it(what, () => expect(partsOf(script)).to.deep.equal(parts));

  it('are named by their number and their beginning', () => {
    const script = `INSERT INTO a\n\n  SELECT ${'x, '.repeat(5000)}y`;
    expect(named(script, parseScript(script).job, 3)).to.equal(`statement 3 (INSERT INTO a SELECT ${'x, '.repeat(10).trimEnd()}…)`);
  });

  it('are bounded in number and length', () => {
    expect(scriptFaults(`${"SET 'a' = 'b';\n".repeat(1000)}INSERT INTO a SELECT 1`)[0]).to.include({ line: 1001, column: 1 });
    expect(scriptFaults(`INSERT INTO a SELECT '${'x'.repeat(250_000)}'`)[0]?.message).to.match(/at most 250000 are run$/);
  });

  it('are found in any text, or it is told why not', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 20 }), (pieces) => {
        const script = pieces.join(' ');
        const [fault] = scriptFaults(script);
        if (fault !== undefined) expect(faultWords(fault)).to.match(/^line \d+, column \d+: \S/);
        else expect(partsOf(script).at(-1)).to.match(/^(insert INSERT|set \S)/);
      }),
    ));
});

const PIECES = [
  ...['EXECUTE', 'STATEMENT SET', 'BEGIN', 'END', ';', ';', 'INSERT INTO a', 'SELECT 1', 'CREATE TABLE a', 'AS', '(', ')', "'", '`'],
  ...["SET 'a' = 'b'", 'RESET', '/*', '*/', '--', '\n', "'${x}'", '${x}', 'EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END'],
];
