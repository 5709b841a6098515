import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { TextPlace } from '../../src/domain/sql-lexer.ts';
import { statementFailure } from '../../src/flink/gateway-failure.ts';
import { throwables, type Throwable } from '../../src/flink/throwables.ts';
import { gatewayFailures, VERSIONS } from '../support/gateway-texts.ts';

type Told = readonly [message: RegExp, at?: TextPlace, until?: TextPlace];
const from = (line: number, column: number): TextPlace => ({ line, column });

/** What is to be told of each of the failures that were captured. */
const told: Readonly<Record<string, Told>> = {
  'the parser: a word': [/^Encountered "TABEL"/, from(1, 8)],
  'the parser: a keyword': [/^Incorrect syntax near the keyword 'TABLE'/, from(1, 14)],
  'the parser: the end': [/^Encountered "<EOF>"/, from(1, 46)],
  'the parser: on a later line': [/^Encountered "src"/, from(3, 12)],
  'the parser: a double quote': [/^Encountered "\\""/, from(1, 24)],
  'the lexer: a string that is never closed': [/^Encountered "= \\'"/, from(2, 13)],
  'the lexer: an unknown sign': [/^Lexical error.*Encountered: "\\u00a7" \(167\), after : ""$/, from(1, 51)],
  'the validator: a column': [/^Column 'nam' not found in any table$/, from(3, 12), from(3, 14)],
  'the validator: a table': [/^Object 'nosuch' not found$/, from(4, 6), from(4, 11)],
  'the validator: a function': [/^No match found for function signature nofn\(<NUMERIC>\)$/, from(2, 24), from(2, 31)],
  'the validator: types of an operator': [
    /^Cannot apply '\+' to arguments of type[^]*\n'<DATETIME_INTERVAL> \+ <DATETIME>'$/,
    from(2, 24),
    from(2, 45),
  ],
  'the validator: in a statement set': [/^Column 'naame' not found in any table$/, from(4, 2), from(4, 6)],
  'the validator: a sink': [/Cannot find table '`default_catalog`.`default_database`.`nosuchsink`'/],
  'the validator: in a view': [/^Column 'nocol' not found in any table$/, from(2, 8), from(2, 12)],
  'columns that do not match': [
    /Column types of query result[^]*\nCause: Incompatible types for sink column 'id'[^]*\nSink schema: {2}\[id: BIGINT, name: STRING\]$/,
  ],
  'too few columns': [/\nCause: Different number of columns\.\nQuery schema: \[id: BIGINT\]\n/],
  'a connector that is missing': [
    /Could not find any factory for identifier 'kafkaa'[^]*\nAvailable factory identifiers are:\nblackhole\ndatagen\n/,
  ],
  'an option that is missing': [/One or more required options are missing\.\nMissing required options are:\nformat\npath$/],
  'an option that is unknown': [/Unsupported options found for 'blackhole'\.\nUnsupported options:\ncolour\n/],
  'a type': [/^Unknown identifier 'NOSUCHTYPE'$/, from(2, 4), from(2, 13)],
  'a catalog that does not exist': [/A catalog with name \[nope\] does not exist\.$/],
  'a catalog of an unknown type': [/Could not find any factory for identifier 'nosuch'/],
  'a class that is missing': [/^java\.lang\.ClassNotFoundException: com\.no\.Such$/],
  'a jar that is missing': [/resource \[\/nope\.jar\] not found\.$/],
  'a value that cannot be parsed': [/^java\.lang\.IllegalArgumentException: Could not parse value 'abc' for key 'parallelism\.default'\.$/],
  'a time zone that nobody knows': [/^java\.time\.zone\.ZoneRulesException: Unknown time-zone ID: Mars$/],
  'two statements': [/^java\.lang\.IllegalArgumentException: only single statement supported$/],
  nothing: [/^Encountered "<EOF>"/, from(1, 10)],
  'an update of a stream': [/Table sink 'default_catalog\.default_database\.fs' doesn't support consuming update changes/],
  'too deep': [/^java\.lang\.NullPointerException: /],
  'an id that is in use': [/Duplicate(Application|Job)SubmissionException: (Application|Job) has already been submitted\./],
  'a savepoint that is missing': [
    /^java\.io\.FileNotFoundException: Cannot find checkpoint or savepoint file\/directory 'file:\/nope\/sp'/,
  ],
  'a JobManager that is not there': [/AnnotatedConnectException: .*Connection refused: /],
};

for (const version of VERSIONS) {
  describe(`a failure of the gateway of Flink ${version}`, () => {
    for (const { name, answer } of gatewayFailures(version)) {
      it(name, () => {
        const [message, at, until] = told[name]!;
        const failure = statementFailure(throwables(answer));
        expect(failure.message).to.match(message).and.not.include('Was expecting');
        expect(failure.at).to.deep.equal(at);
        expect(failure.until).to.deep.equal(until);
      });
    }
  });
}

describe('why a statement failed', () => {
  const of = (...messages: string[]): Throwable[] => messages.map((message) => ({ className: 'a.B', message }));

  it('is nothing where nothing is told', () => expect(statementFailure([])).to.deep.equal({ message: 'Flink gives no cause' }));
  it('is told at the place that Calcite names, also without an end', () =>
    expect(statementFailure(of('outer', 'At line 0, column 0: x', 'inner'))).to.deep.equal({ message: 'x', at: from(0, 0) }));
  it('is the place of the innermost that has one', () =>
    expect(statementFailure(of('At line 1, column 1: a', 'From line 2, column 3 to line 4, column 5: b\nc', 'd'))).to.deep.equal({
      message: 'b\nc',
      at: from(2, 3),
      until: from(4, 5),
    }));
  it('is told to a length', () => {
    const long = 'x'.repeat(2_000_000);
    for (const failure of [
      statementFailure(of(`At line 1, column 1: ${long}`)),
      statementFailure(of(`${long} at line 1, column 1`)),
      statementFailure(of(long)),
    ])
      expect(failure.message).to.match(/^(a\.B: )?x{900,1000} …$/);
  });
});
