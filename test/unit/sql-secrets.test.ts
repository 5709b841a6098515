import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { revealedSpec, secretNamesIn, sourcePlace } from '../../src/domain/secret-references.ts';
import { offsetAt, placeAt, sqlTokens, type TextPlace } from '../../src/domain/sql-lexer.ts';
import { scriptFaults } from '../../src/domain/sql-script.ts';
import { aJob } from '../support/factories.ts';

const revealed = (sqlScript: string, valueOf: (name: string) => string): string => {
  const { artifact } = revealedSpec({ ...aJob().spec, artifact: { kind: 'SQLSCRIPT', sqlScript } }, valueOf);
  return artifact.kind === 'SQLSCRIPT' ? artifact.sqlScript : '';
};
const namesIn = (sqlScript: string): string[] => secretNamesIn({ artifact: { kind: 'SQLSCRIPT', sqlScript } });

describe('secrets of a script', () => {
  const table: readonly [what: string, script: string, names: readonly string[], revealed: string][] = [
    ['none', "SELECT 'a'", [], "SELECT 'a'"],
    ['as a whole string', "'p' = '${a}'", ['a'], "'p' = '<a>'"],
    ['in a string, several and again', "'x${a}y${b-1}z' '${a}'", ['a', 'b-1'], "'x<a>y<b-1>z' '<a>'"],
    ['as newer VVP writes them', "'${secret_values.a}'", ['a'], "'<a>'"],
    ['that are escaped are none', "'$${a}' '$$${a}'", [], "'${a}' '$${a}'"],
    ['beside a quote', "'''${a}'''", ['a'], "'''<a>'''"],
    ['in a hint', "/*+ OPTIONS('p' = '${a}') */", ['a'], "/*+ OPTIONS('p' = '<a>') */"],
    ['in comments are none', "-- '${a}'\n/* '${b}' */ '${c}'", ['c'], "-- '${a}'\n/* '${b}' */ '<c>'"],
    ['behind a comment that goes on', "/***/ '${a}' /* */ '${b}'", ['b'], "/***/ '${a}' /* */ '<b>'"],
    ['in names and words are none', '`${a}` "${b}" ${c}', [], '`${a}` "${b}" ${c}'],
    [
      'where backslashes are read are none',
      "E'${a}' e'\\${b}' U&'${c}' N'${d}' x.e '${f}'",
      ['d', 'f'],
      "E'${a}' e'\\${b}' U&'${c}' N'<d>' x.e '<f>'",
    ],
    ['in a string without an end', "'${a}", ['a'], "'<a>"],
  ];
  for (const [what, script, names, text] of table) {
    it(what, () => {
      expect(namesIn(script)).to.deep.equal(names);
      expect(revealed(script, (name) => `<${name}>`)).to.equal(text);
    });
  }

  it('stay within their quotes', () => {
    const cases: readonly [value: string, text: string][] = [
      ["it's", "'it''s'"],
      ["'; DROP TABLE a; --", "'''; DROP TABLE a; --'"],
      ['\\', "'\\'"],
      ["\\'", "'\\'''"],
      ['a\nb', "'a\nb'"],
      ['$& $1 ${a}', "'$& $1 ${a}'"],
      ['', "''"],
    ];
    for (const [value, text] of cases) expect(revealed("'${a}'", () => value)).to.equal(text);
  });

  it('change nothing of a script but its strings, whatever they are', () =>
    fc.assert(
      fc.property(script, fc.string({ unit: 'binary' }), (source, value) => {
        const plain = sqlTokens(source.text);
        const told = sqlTokens(revealed(source.text, () => value));
        expect(told.map(({ kind }) => kind)).to.deep.equal(plain.map(({ kind }) => kind));
        for (const [i, token] of told.entries()) {
          const before = plain[i]!;
          const isRevealed = before.kind === 'string' && before.isPlain === true;
          expect(token.value).to.equal(isRevealed ? before.value.replaceAll('${a}', () => value) : before.value);
        }
      }),
    ));

  it('leave the place of an error where it is in the script', () =>
    fc.assert(
      fc.property(script, fc.nat(), fc.string({ unit: 'grapheme', minLength: 1 }), (source, at, value) => {
        const whole = revealed(source.text, () => value);
        const offset = at % (source.text.length + 1);
        const place = sourcePlace(source.text, () => value, placeAt(whole, source.revealedOffset(offset, value)));
        // Within a line break, or behind one of which a value has the first half, two offsets have one place.
        if (isWithinBreak(whole, source.revealedOffset(offset, value))) return;
        expect(offsetAt(source.text, place)).to.equal(source.startOf(offset));
      }),
      { numRuns: 500 },
    ));

  const places: readonly [what: string, at: TextPlace, source: TextPlace][] = [
    ['before it', { line: 1, column: 3 }, { line: 1, column: 3 }],
    ['at its beginning', { line: 1, column: 8 }, { line: 1, column: 8 }],
    ['within it', { line: 2, column: 2 }, { line: 1, column: 8 }],
    ['behind it', { line: 3, column: 6 }, { line: 1, column: 14 }],
    ['a line later', { line: 4, column: 2 }, { line: 2, column: 2 }],
    ['past the end', { line: 9, column: 1 }, { line: 2, column: 5 }],
  ];
  for (const [what, at, source] of places) {
    it(`of three lines: a place ${what}`, () =>
      expect(sourcePlace("'p' = '${a}' x\n y z", () => 'one\ntwo\n3rd', at)).to.deep.equal(source));
  }

  it('may be as many as there is room for', () => {
    const large = `INSERT INTO a SELECT ${"'${a}', ".repeat(30_000)}1`;
    expect(namesIn(large)).to.deep.equal(['a']);
    expect(revealed(large, () => "'").slice(0, 33)).to.equal("INSERT INTO a SELECT '''', '''', ");
    expect(scriptFaults(large)).to.deep.equal([]);
  }).timeout(10_000);
});

/** A text of SQL with references in its strings, and where its characters are once these are revealed. */
interface Script {
  readonly text: string;
  readonly revealedOffset: (offset: number, value: string) => number;
  /** The offset itself; within a reference, where that begins. */
  readonly startOf: (offset: number) => number;
}

const script: fc.Arbitrary<Script> = fc
  .array(
    fc.oneof(
      fc.constantFrom("'${a}'", "'x${a}\n${a}'", "'''${a}'", "N'${a}'", "'a''b'", "E'\\''", "U&'\\0041'", '`c`'),
      fc.constantFrom('SELECT', ' ', '\n', '\r\n', '-- d\n', '/* e\n */', ';', '=', '1'),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => {
    const text = pieces.join(' ');
    const references = [...text.matchAll(/\$\{a\}/g)].map(({ index }) => index);
    const startOf = (offset: number): number => references.find((at) => at < offset && offset < at + 4) ?? offset;
    const revealedOffset = (offset: number, value: string): number => {
      const before = references.filter((at) => at + 4 <= offset).length;
      return startOf(offset) + before * (value.replaceAll("'", "''").length - 4);
    };
    return { text, startOf, revealedOffset };
  });

const isWithinBreak = (text: string, offset: number): boolean => text.slice(offset - 1, offset + 1) === '\r\n';
