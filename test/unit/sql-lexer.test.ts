import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { offsetAt, placeAt, sqlTokens, type TextPlace } from '../../src/domain/sql-lexer.ts';

/** Pieces that mean something to a lexer, and any text. */
const sqlText = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom("'", '`', '"', "''", '--', '//', '/*', '*/', '/**', '/*+', '\\', "E'", '\n', '\r\n', '\r', ' '),
      },
      { weight: 2, arbitrary: fc.constantFrom('SELECT', 'a1', ';', '(', ')', '${x}', '💥', 'é', '\ud83d', '\u00a0') },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''));

/** Nothing but comments that end, and white space. */
const BETWEEN = /^(?:\s|--[^\n\r]*|\/\/[^\n\r]*|\/\*(?:\*\/|\*[^/][^]*?\*\/|[^*+][^]*?\*\/))*$/;

describe('the tokens of SQL', () => {
  const written = (text: string): string[] =>
    sqlTokens(text).map(({ kind, value, closed }) => `${kind}${closed === false ? '!' : ''} ${value}`);

  const table: readonly [what: string, text: string, tokens: readonly string[]][] = [
    ['nothing', '', []],
    ['white space of any kind', ' \t\r\n\f\u00a0\ufeff', []],
    ['words in either case, and signs', 'Select a_1,$b+3', ['word SELECT', 'word A_1', 'sign ,', 'word $B', 'sign +', 'word 3']],
    ['words of any script', 'ÄÖ größe 表', ['word ÄÖ', 'word GRÖSSE', 'word 表']],
    ['a sign outside of the first plane', '💥', ['sign \ud83d', 'sign \udca5']],
    ['a string', "'a b'", ['string a b']],
    ['an empty string', "''", ['string ']],
    ['a quote in a string', "'it''s'", ["string it's"]],
    ['a string over lines', "'a\n--b\r\n'", ['string a\n--b\r\n']],
    ['a backslash in a string is one', "'\\'", ['string \\']],
    ['a backslash in a string with E escapes', "E'it\\'s' e'\\\\'", ['word E', "string it's", 'word E', 'string \\']],
    ['two quotes in a string with E are one', "E'it''s'", ['word E', "string it's"]],
    ['E has to stand directly before', "E '\\' ;", ['word E', 'string \\', 'sign ;']],
    ['a word that ends with E is another', "nameE'\\'", ['word NAMEE', 'string \\']],
    ['a name', '`a.b`.`c``d`', ['quoted a.b', 'sign .', 'quoted c`d']],
    ['a name in double quotes', '"a;""b"', ['quoted a;"b']],
    ['a semicolon in a string, a name and comments', "';' `;` -- ;\n /* ; */ ;", ['string ;', 'quoted ;', 'sign ;']],
    ['comments to the end of a line', 'a -- b\nc // d\re --f', ['word A', 'word C', 'word E']],
    ['a comment within a word parts it', 'a/**/b', ['word A', 'word B']],
    ['a comment over lines', 'a /* b\n * c */ d', ['word A', 'word D']],
    ['comments do not nest', '/* /* */ a */', ['word A', 'sign *', 'sign /']],
    ['quotes in comments are none', "-- it's\n/* it's */ a", ['word A']],
    ['comments in strings are none', "'-- a' '/* b' `// c`", ['string -- a', 'string /* b', 'quoted // c']],
    ['the shortest comment', '/**/a', ['word A']],
    ['a comment that begins with two stars', '/** a */ b', ['word B']],
    ['/***/ is only the beginning of one', "/***/ a /* ' */ b", ['word B']],
    ['a hint is no comment', "/*+ o('a') */", ['sign /', 'sign *', 'sign +', 'word O', 'sign (', 'string a', 'sign )', 'sign *', 'sign /']],
    ['a string without an end', "a 'b;", ['word A', 'string! b;']],
    ['a string that ends with its escape', "E'a\\'", ['word E', "string! a'"]],
    ['a name without an end', '`a', ['quoted! a']],
    ['a comment without an end', "a /* ; ' b", ['word A', 'comment! /*']],
    ['the beginning of a comment is none of its end', '/*/', ['comment! /*']],
    ['a division', 'a / b * c', ['word A', 'sign /', 'word B', 'sign *', 'word C']],
  ];
  for (const [what, text, tokens] of table) it(what, () => expect(written(text)).to.deep.equal(tokens));

  it('know where they are', () => {
    const text = "SET  'it''s' =\n`x`; /* */ E'\\''";
    expect(sqlTokens(text).map(({ start, end }) => text.slice(start, end))).to.deep.equal([
      'SET',
      "'it''s'",
      '=',
      '`x`',
      ';',
      'E',
      "'\\''",
    ]);
  });

  it('never overlap, and what is between them is white space and comments', () =>
    fc.assert(
      fc.property(sqlText, (text) => {
        let at = 0;
        for (const { start, end, kind } of sqlTokens(text)) {
          expect(start).to.be.at.least(at);
          expect(end).to.be.greaterThan(start);
          expect(text.slice(at, start)).to.match(BETWEEN);
          if (kind === 'sign') expect(end - start).to.equal(1);
          at = end;
        }
        expect(text.slice(at)).to.match(BETWEEN);
      }),
      { numRuns: 500 },
    ));
});

describe('places in a text', () => {
  const table: readonly [text: string, offset: number, place: TextPlace][] = [
    ['', 0, { line: 1, column: 1 }],
    ['abc', 2, { line: 1, column: 3 }],
    ['a\nb', 2, { line: 2, column: 1 }],
    ['a\r\nb', 3, { line: 2, column: 1 }],
    ['a\rb\n\nc', 5, { line: 4, column: 1 }],
    ['a\n\r\nb', 4, { line: 3, column: 1 }],
    ['💥b', 2, { line: 1, column: 3 }],
    ['\tb', 1, { line: 1, column: 2 }],
    ['a\n', 2, { line: 2, column: 1 }],
  ];
  for (const [text, offset, place] of table) {
    it(`${JSON.stringify(text)} at ${offset}`, () => {
      expect(placeAt(text, offset)).to.deep.equal(place);
      expect(offsetAt(text, place)).to.equal(offset);
    });
  }
  it('past the text are its end', () => {
    expect(offsetAt('a\nb', { line: 9, column: 1 })).to.equal(3);
    expect(offsetAt('a\nb', { line: 2, column: 99 })).to.equal(3);
  });
  it('are found again, everywhere but within a line break', () =>
    fc.assert(
      fc.property(sqlText, fc.nat(), (text, at) => {
        const offset = at % (text.length + 1);
        if (text.slice(offset - 1, offset + 1) !== '\r\n') expect(offsetAt(text, placeAt(text, offset))).to.equal(offset);
      }),
    ));
});
