import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { placeAt } from '../../src/domain/sql-lexer.ts';
import { parseScript } from '../../src/domain/sql-script.ts';
import { placedBack, sentStatement, type Purpose } from '../../src/targets/sql-statement.ts';

const FILE: Purpose = { planFile: "/plans/it's.json" };

describe('a statement as it is sent', () => {
  const table: readonly [what: string, script: string, purpose: Purpose, sent: string][] = [
    ['an INSERT', 'INSERT INTO a SELECT 1;', 'run', '\nINSERT INTO a SELECT 1'],
    ['in the columns and lines that it has', '-- x\n  INSERT INTO a\n SELECT 1 -- y\n;', 'run', '\n  INSERT INTO a\n SELECT 1'],
    ['with comments within it', 'INSERT /* x */ INTO a -- y\nSELECT 1', 'run', '\nINSERT /* x */ INTO a -- y\nSELECT 1'],
    ['without EXECUTE', 'EXECUTE INSERT INTO a SELECT 1', 'run', '\n        INSERT INTO a SELECT 1'],
    ['to be explained', 'EXECUTE INSERT INTO a SELECT 1', 'explain', 'EXPLAIN \n        INSERT INTO a SELECT 1'],
    ['to be compiled', 'INSERT INTO a SELECT 1', FILE, "COMPILE PLAN 'file:///plans/it''s.json' FOR \nINSERT INTO a SELECT 1"],
    ...(['EXECUTE STATEMENT SET BEGIN\n', 'STATEMENT SET BEGIN\n', 'BEGIN STATEMENT SET;\n'] as const).flatMap(
      (begin): [string, string, Purpose, string][] => [
        [begin.trim(), `${begin} INSERT INTO a SELECT 1;\nEND;`, 'run', 'EXECUTE STATEMENT SET BEGIN\n INSERT INTO a SELECT 1;\nEND'],
        [
          `${begin.trim()} to be explained`,
          `${begin} INSERT INTO a SELECT 1; END`,
          'explain',
          'EXPLAIN STATEMENT SET BEGIN\n INSERT INTO a SELECT 1;\nEND',
        ],
        [
          `${begin.trim()} to be compiled`,
          `${begin} INSERT INTO a SELECT 1; END`,
          FILE,
          "COMPILE PLAN 'file:///plans/it''s.json' FOR STATEMENT SET BEGIN\n INSERT INTO a SELECT 1;\nEND",
        ],
      ],
    ),
    [
      'a set whose last INSERT ends with a comment',
      'BEGIN STATEMENT SET; INSERT INTO a SELECT 1; -- x\nEND',
      'run',
      'EXECUTE STATEMENT SET BEGIN\n                     INSERT INTO a SELECT 1;\nEND',
    ],
  ];
  for (const [what, script, purpose, sent] of table)
    it(what, () => expect(sentStatement(script, parseScript(script).job, purpose)).to.equal(sent));

  it('is any of a script, with its places', () =>
    fc.assert(
      fc.property(scripts, fc.nat(), fc.constantFrom<Purpose>('run', 'explain', FILE), (script, which, purpose) => {
        const { definitions, job } = parseScript(script);
        const all = [...definitions, job];
        const statement = all[which % all.length] ?? job;
        const sent = sentStatement(script, statement, statement === job ? purpose : 'run');
        const { start, end } = statement.body;
        const from = sent.indexOf(script.slice(start, end));
        for (let offset = start; offset < end; offset++)
          expect(placedBack(script, statement, placeAt(sent, from + offset - start))).to.deep.equal(placeAt(script, offset));
      }),
    ));
});

const scripts = fc
  .tuple(
    fc.array(
      fc.constantFrom(
        "SET 'a' = 'b';",
        'CREATE TABLE\n t (x INT);',
        "CREATE VIEW v AS SELECT '\n;' ;",
        '-- c\n',
        '/* d\n */',
        '\r\n',
        '  ',
      ),
      { maxLength: 8 },
    ),
    fc.constantFrom(
      'INSERT INTO a\nSELECT 1',
      'EXECUTE INSERT INTO a SELECT\r\n 1',
      'BEGIN STATEMENT SET;\n  INSERT INTO a\nSELECT 1; INSERT INTO b SELECT 2;\nEND',
    ),
  )
  .map(([before, job]) => `${before.join('')} ${job};\n`);

describe('a place in what is sent', () => {
  const script = 'SET a.b = c;\n  BEGIN STATEMENT SET;\n    INSERT INTO a SELECT 1;\n  END; -- x';
  const { job } = parseScript(script);
  const table: readonly [what: string, line: number, column: number, placed: [number, number]][] = [
    ['nowhere', 0, 0, [2, 3]],
    ['on the line before it', 1, 9, [2, 3]],
    ['at its beginning', 2, 5, [3, 5]],
    ['within it', 2, 19, [3, 19]],
    ['on the line behind it', 3, 1, [4, 1]],
    ['behind its end', 3, 9, [4, 6]],
    ['far behind it', 99, 1, [4, 6]],
  ];
  for (const [what, line, column, [placedLine, placedColumn]] of table) {
    it(what, () => expect(placedBack(script, job, { line, column })).to.deep.equal({ line: placedLine, column: placedColumn }));
  }
});
