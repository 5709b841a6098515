import { expect } from 'chai';
import { describe, it } from 'mocha';
import { faultWords, scriptFaults } from '../../src/domain/sql-script.ts';

const faultsOf = (script: string): string[] => scriptFaults(script).map(faultWords);
const SELECT_ONE = 'INSERT INTO a SELECT 1';

describe('what is wrong with a script', () => {
  const table: readonly [what: string, script: string, faults: readonly string[]][] = [
    ['nothing in it', '', ['line 1, column 1: the script is empty; it needs an INSERT INTO, or EXECUTE STATEMENT SET BEGIN … END']],
    [
      'comments alone',
      '-- a\n/* b */ ;;\n',
      ['line 2, column 11: the script is empty; it needs an INSERT INTO, or EXECUTE STATEMENT SET BEGIN … END'],
    ],
    [
      'no INSERT',
      'CREATE TABLE a (x INT);\n',
      ['line 1, column 24: the script has no INSERT; end it with INSERT INTO, or with EXECUTE STATEMENT SET BEGIN … END'],
    ],
    [
      'two INSERTs',
      `${SELECT_ONE};\n  INSERT INTO b\nSELECT 2`,
      [
        'line 2, column 3: statement 2 (INSERT INTO b SELECT 2) is one INSERT too many: a script has exactly one INSERT, or several in EXECUTE STATEMENT SET BEGIN … END',
      ],
    ],
    [
      'an INSERT and a set',
      `${SELECT_ONE}; EXECUTE STATEMENT SET BEGIN ${SELECT_ONE}; END`,
      [
        'line 1, column 25: statement 2 (EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1…) is one INSERT too many: a script has exactly one INSERT, or several in EXECUTE STATEMENT SET BEGIN … END',
      ],
    ],
    [
      'a statement behind it',
      `${SELECT_ONE};\nSET 'a' = 'b'`,
      ["line 2, column 1: statement 2 (SET 'a' = 'b') stands after the statement that is run; move it before that"],
    ],
    [
      'a statement behind a set, without a semicolon',
      `BEGIN STATEMENT SET; ${SELECT_ONE}; END SET 'a' = 'b'`,
      ["line 1, column 50: statement 2 (SET 'a' = 'b') stands after the statement that is run; move it before that"],
    ],
    ['a word behind a set', `BEGIN STATEMENT SET; ${SELECT_ONE}; END x`, [`line 1, column 50: statement 2 (x) ${noPlaceFor('X')}`]],
    [
      'a set without its END',
      `BEGIN STATEMENT SET;\n${SELECT_ONE}; END_`,
      ['line 1, column 1: statement 1 (BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END_) is a statement set without its END'],
    ],
    [
      'a set whose last INSERT has no semicolon',
      `EXECUTE STATEMENT SET BEGIN ${SELECT_ONE} END`,
      // END is a part of that INSERT.
      [],
    ],
    [
      'an empty set',
      'EXECUTE STATEMENT SET BEGIN END',
      ['line 1, column 1: statement 1 (EXECUTE STATEMENT SET BEGIN END) is a statement set without an INSERT'],
    ],
    [
      'a query',
      'SELECT 1',
      ['line 1, column 1: statement 1 (SELECT 1) is a query whose result nobody reads; write INSERT INTO a table before it'],
    ],
    ...['WITH q AS (SELECT 1) SELECT * FROM q', 'VALUES (1)', 'TABLE t', '(SELECT 1)'].map((query): [string, string, string[]] => [
      query,
      `${query};${SELECT_ONE}`,
      [`line 1, column 1: statement 1 (${query}) is a query whose result nobody reads; write INSERT INTO a table before it`],
    ]),
    ...[
      ...[
        'EXPLAIN INSERT INTO a SELECT 1',
        'EXECUTE PLAN FOR a',
        'COMPILE AND EXECUTE PLAN x FOR INSERT INTO a',
        'CALL sys.p()',
        'DELETE FROM a',
      ],
      ...[
        'UPDATE a SET x = 1',
        'TRUNCATE TABLE a',
        'ANALYZE TABLE a COMPUTE STATISTICS',
        'SHOW TABLES',
        'DESCRIBE a',
        'STOP JOB x',
        'REPLACE TABLE a AS SELECT 1',
      ],
      ...['EXECUTE SELECT 1', 'MERGE INTO a', 'BEGIN', 'END', 'QUIT', 'EXECUTE STATEMENT SET', '`INSERT` INTO a SELECT 1'],
    ].map((other): [string, string, string[]] => [
      other,
      `${other};${SELECT_ONE}`,
      [`line 1, column 1: statement 1 (${other}) ${noPlaceFor(/^\w*/.exec(other)?.[0] === '' ? 'INSERT' : other.split(' ')[0]!)}`],
    ]),
    ...[
      ...[
        'CREATE TABLE a AS SELECT 1',
        'create table if not exists a as select 1',
        "CREATE TABLE a WITH ('b' = 'c') AS SELECT 1",
        'CREATE TABLE a (b) AS (SELECT 1)',
      ],
      ...[
        'CREATE OR REPLACE TABLE a AS SELECT 1',
        'CREATE TABLE a (x AS 1) AS TABLE b',
        'CREATE TABLE a/**/AS SELECT 1',
        'CREATE TABLE a -- b\nAS VALUES (1)',
      ],
      ...[
        'CREATE MATERIALIZED TABLE a AS SELECT 1',
        'CREATE OR ALTER MATERIALIZED TABLE a AS SELECT 1',
        'ALTER MATERIALIZED TABLE a RESUME',
        'DROP MATERIALIZED TABLE a',
      ],
      // A comment that goes on, for Flink and for us.
      ...['CREATE TABLE a /***/ (x /* */ AS SELECT 1', "CREATE TABLE a (x AS E'\\'(') AS SELECT 1"],
    ].map((own): [string, string, string[]] => [
      own,
      `${own};${SELECT_ONE}`,
      [
        `line 1, column 1: statement 1 (${own.replaceAll(/\s+/g, ' ')}) starts a Flink job of its own; declare the table, and fill it by INSERT INTO`,
      ],
    ]),
    ...(["'", '`', '"'] as const).map((quote): [string, string, string[]] => [
      `a ${quote} that is left open`,
      `CREATE TABLE a (x INT);\n INSERT INTO a SELECT ${quote};`,
      [`line 2, column 23: statement 2 (INSERT INTO a SELECT ${quote};) has an opening ${quote} that is never closed`],
    ]),
    [
      'a comment that is left open',
      `${SELECT_ONE}\n/* ;`,
      ['line 2, column 1: statement 1 (INSERT INTO a SELECT 1 /* ;) has an opening /* that is never closed'],
    ],
    [
      'a comment that is left open, behind everything',
      `${SELECT_ONE};/**`,
      ['line 1, column 24: statement 2 (/**) has an opening /* that is never closed'],
    ],
    ...(
      [
        'CREATE TABLE ${x} (y INT)',
        'CREATE TABLE `${x}` (y INT)',
        'CREATE TABLE "a${x}" (y INT)',
        'CREATE TABLE $${x} (y INT)',
        'CREATE TABLE a${x} (y INT)',
      ] as const
    ).map((bare): [string, string, string[]] => [
      bare,
      `${bare};${SELECT_ONE}`,
      [
        `line 1, column 14: statement 1 (${bare}) names a secret outside of a plain string; only in one, such as '\${name}', a value takes its place`,
      ],
    ]),
    ...["U&'${x}'", "u&'\\0041${x}'", "E'${x}'", "e'\\${x}'"].map((string): [string, string, string[]] => [
      string,
      `CREATE VIEW v AS SELECT ${string}; INSERT INTO a TABLE v`,
      [
        `line 1, column ${25 + string.indexOf("'")}: statement 1 (CREATE VIEW v AS SELECT ${string}) names a secret outside of a plain string; only in one, such as '\${name}', a value takes its place`,
      ],
    ]),
    [
      'several things, each at its place',
      'SELECT 1;\n\nCREATE TABLE a AS SELECT 1;\r\n  SHOW TABLES; INSERT INTO a SELECT 1; INSERT INTO a SELECT 2',
      [
        'line 1, column 1: statement 1 (SELECT 1) is a query whose result nobody reads; write INSERT INTO a table before it',
        'line 3, column 1: statement 2 (CREATE TABLE a AS SELECT 1) starts a Flink job of its own; declare the table, and fill it by INSERT INTO',
        `line 4, column 3: statement 3 (SHOW TABLES) ${noPlaceFor('SHOW')}`,
        'line 4, column 40: statement 5 (INSERT INTO a SELECT 2) is one INSERT too many: a script has exactly one INSERT, or several in EXECUTE STATEMENT SET BEGIN … END',
      ],
    ],
  ];
  for (const [what, script, faults] of table) it(what, () => expect(faultsOf(script)).to.deep.equal(faults));

  it('is told in sentences, however long the words are', () => {
    for (const word of ['a', '"', '`', "'", '$internal.'])
      for (const script of [word.repeat(10_000), `SET ${word.repeat(10_000)} = 1`, `SET '${word.repeat(10_000)}' = '1'`])
        expect(faultsOf(script).join('').length).to.be.below(1000);
  });
  it('is told of the first twenty statements', () => expect(faultsOf('SELECT 1;'.repeat(1000))).to.have.length(20));
});

function noPlaceFor(word: string): string {
  return `cannot be part of a Deployment: ${word} is none of SET, CREATE, DROP, ALTER, USE, LOAD, UNLOAD, ADD JAR, INSERT and EXECUTE STATEMENT SET`;
}

/** As many statements, or tokens, as there could be: what looks at all that stands before each of them takes a minute. */
describe('a large script', () => {
  const pieces = [
    '(',
    ')',
    "'",
    "'',",
    ';',
    'a;',
    '\n',
    'a;\n',
    '${',
    '${a};',
    "'${a}';",
    '/*',
    '/**/',
    '/',
    '-',
    '`',
    'INSERT INTO a SELECT 1;',
    'BEGIN STATEMENT SET;',
  ];
  for (const piece of [
    ...pieces,
    'BEGIN STATEMENT SET;END;',
    "SET 'a' = 'b';",
    'EXECUTE STATEMENT SET BEGIN ',
    'CREATE TABLE a AS ',
    ' ',
  ]) {
    it(`of ${JSON.stringify(piece)} is judged at once`, () => expect(faultsOf(piece.repeat(131_072 / piece.length))).not.to.have.length(0));
  }
});
