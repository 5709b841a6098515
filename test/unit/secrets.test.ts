import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { splitArguments } from '../../src/domain/artifact.ts';
import { DreyError, isDreyError } from '../../src/domain/errors.ts';
import { redaction } from '../../src/domain/redaction.ts';
import { parseSecretKey } from '../../src/domain/secret-key.ts';
import { revealedSpec, secretNamesIn, withValues } from '../../src/domain/secret-references.ts';
import { secretBox } from '../../src/secrets/box.ts';
import { aJob } from '../support/factories.ts';

describe('names of secrets in specs', () => {
  const reveal = (text: string): string => withValues(text, (name) => `<${name}>`);
  const texts: [string, string][] = [
    ['${db-password}', '<db-password>'],
    ['a${x}${y_2}b', 'a<x><y_2>b'],
    ['${secret_values.token}', '<token>'],
    ['$${x}', '${x}'],
    ['$${secret_values.x}', '${secret_values.x}'],
    ['$$${x}', '$${x}'],
    ['$x $(x) $1 ${} ${a.b} ${env:HOME} ${a b}', '$x $(x) $1 ${} ${a.b} ${env:HOME} ${a b}'],
  ];
  for (const [text, revealed] of texts) it(`${text} is ${revealed}`, () => expect(reveal(text)).to.equal(revealed));

  it('are found where they count, each once', () => {
    const artifact = { kind: 'JAR' as const, jarUri: 'file:///${a}.jar', mainArgs: '--x ${b} ${a} $${no}' };
    expect(secretNamesIn({ artifact, flinkConfiguration: { '${key}': '${c}' } })).to.deep.equal(['a', 'b', 'c']);
  });
  it('give way to values that stay within their argument, whatever is in them', () =>
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (value) => {
        const spec = { ...aJob().spec, artifact: { kind: 'JAR' as const, jarUri: 'file:/x', mainArgs: "--a 'b c' --d=${s} --e" } };
        const { artifact } = revealedSpec(spec, () => value);
        expect(splitArguments(artifact.kind === 'JAR' ? (artifact.mainArgs ?? '') : '')).to.deep.equal([
          '--a',
          'b c',
          `--d=${value}`,
          '--e',
        ]);
      }),
    ));
});

describe('redaction', () => {
  const redact = redaction([
    { name: 'short', values: ['hunter2'] },
    { name: 'long', values: ['hunter2-and-more', 'former value'] },
    { name: 'pem', values: ['-----BEGIN-----\n\nMIIabcdef/+==\n"quoted"  twice\n-----END-----\n'] },
    { name: 'twice', values: ['abcabc'] },
    { name: 'odd', values: ['$& (.*) \\ "x"'] },
    { name: 'quotes', values: ["it's 'so'"] },
    { name: 'escaped', values: ['it\'s "q" \\ back é💥\nline\ttab'] },
  ]);
  const texts: [string, string][] = [
    ['nothing to see', 'nothing to see'],
    ['password=hunter2!', 'password=${short}!'],
    ['hunter2-and-more hunter2', '${long} ${short}'],
    ['was: former value', 'was: ${long}'],
    ['at MIIabcdef/+== once', 'at ${pem} once'],
    [JSON.stringify({ a: '$& (.*) \\ "x"' }), '{"a":"${odd}"}'],
    ['/no/$& (.*) / "x".jar', '/no/${odd}.jar'],
    [`http://x/?p=${encodeURIComponent('former value')}`, 'http://x/?p=${long}'],
    ["WITH ('p' = 'it''s ''so''')", "WITH ('p' = '${quotes}')"],
    ["p=it's 'so'", 'p=${quotes}'],
    // As Flink's parsers quote what they did not expect (2.3.0 and 1.20.0).
    [
      String.raw`Encountered "\'it\'\'s \"q\" \\ back \u00e9\ud83d\udca5\nline\ttab\'" at line 1`,
      `Encountered "\\'\${escaped}\\'" at line 1`,
    ],
    [String.raw`Invalid escape character 'it's \"q\" \\ back \u00E9\uD83D\uDCA5\nline\ttab'`, "Invalid escape character '${escaped}'"],
    [`${'x'.repeat(300)} hunter2-an …`, `${'x'.repeat(300)} \${long} …`],
    [`${'x'.repeat(300)} abcabc …`, `${'x'.repeat(300)} \${twice} …`],
    ["statement 1 (SET 'a' = 'hunter2-an…) is none, and (hunter2-and-more…", "statement 1 (SET 'a' = '${long}…) is none, and (${long}…"],
    ['hunting…', 'hunting…'],
    [`${'x'.repeat(300)} hunt`, `${'x'.repeat(300)} \${long}`],
    [`${'x'.repeat(300)} hunter2-an\n …`, `${'x'.repeat(300)} \${long}\n …`],
    [`${'x'.repeat(300)} …`, `${'x'.repeat(300)} …`],
  ];
  for (const [text, told] of texts) it(`tells ${told.slice(-40)}`, () => expect(redact(text)).to.equal(told));

  it('leaves no value in any text', () =>
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 8 }), { minLength: 1, maxLength: 5 }),
        fc.string(),
        fc.string(),
        (values, before, behind) => {
          const all = redaction(values.map((value, i) => ({ name: `n${i}`, values: [value] })));
          const told = all(values.map((value) => `${before}${value}${behind}`).join('\n'));
          for (const value of values)
            if (!/^[${}n\d]*$/.test(value)) expect(told.includes(value) && !`${before}\n${behind}`.includes(value)).to.equal(false);
        },
      ),
    ));
  it('takes values as large as they may be, and many lines', () => {
    const large = 'k'.repeat(65_536);
    const lines = Array.from({ length: 8000 }, (_, i) => `line${i}`).join('\n');
    const all = redaction([
      { name: 'large', values: [large, `${large.slice(1)}é`] },
      { name: 'lines', values: [lines] },
    ]);
    expect(all(`at ${large}, ${lines} and line777 of line7999`)).to.equal('at ${large}, ${lines} and ${lines} of ${lines}');
  });
  it('takes a text as large as Flink may send', () => {
    for (const text of [' '.repeat(4_000_000), `${' …'.repeat(1_000_000)} x`]) expect(redact(text)).to.equal(text);
  });
  it('of no secrets is the text', () => expect(redaction([])('any')).to.equal('any'));
});

describe('the key of secrets', () => {
  it('is 32 bytes as hex or base64', () => {
    const key = Buffer.alloc(32, 5);
    for (const encoding of ['hex', 'base64', 'base64url'] as const) expect(parseSecretKey(key.toString(encoding))).to.deep.equal(key);
    for (const text of ['', 'geheim', '00'.repeat(31), '00'.repeat(33), Buffer.alloc(31).toString('base64'), 'x'.repeat(64)])
      expect(parseSecretKey(text), text).to.equal(undefined);
  });
});

describe('the box of secrets', () => {
  const place = { namespace: 'default', name: 'token' };
  const box = secretBox(Buffer.alloc(32, 1));
  const fault = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      if (isDreyError(error)) return `${error.code}: ${error.message}`;
      throw error;
    }
    return 'no fault';
  };

  it('gives back what was put in, and shows nothing of it', () =>
    fc.assert(
      fc.property(fc.string({ minLength: 12, unit: 'binary' }), (value) => {
        const sealed = box.seal(place, value);
        expect(box.open(place, sealed)).to.equal(value.toWellFormed());
        expect(sealed).to.match(/^v1\.[\w-]{8}\.[\w-]{16}\.[\w-]+$/);
        expect(box.seal(place, value)).not.to.equal(sealed);
      }),
    ));
  it('says what is wrong, and what to do', () => {
    const sealed = box.seal(place, 'geheim');
    expect(fault(() => box.open({ ...place, name: 'other' }, sealed))).to.match(
      /^secretLocked: SecretValue other .* not what was written for it/,
    );
    expect(fault(() => box.open({ ...place, namespace: 'other' }, sealed))).to.match(/not what was written/);
    expect(fault(() => box.open(place, `${sealed.slice(0, -2)}AA`))).to.match(/not what was written/);
    expect(fault(() => box.open(place, sealed.slice(0, 40)))).to.match(/not what was written/);
    expect(fault(() => box.open(place, ''))).to.match(/secretLocked/);
    const otherKey = secretBox(Buffer.alloc(32, 2));
    expect(fault(() => otherKey.open(place, sealed))).to.match(
      /written under the key \S{8}, and this daemon has \S{8}; give drey\.secrets\.key/,
    );
    expect(fault(() => secretBox(undefined).open(place, sealed))).to.match(/^secretLocked: .* has no key for it; set drey\.secrets\.key/);
    expect(fault(() => secretBox(undefined).seal(place, 'x'))).to.match(
      /^conflict: .*no key for them; set drey\.secrets\.key .*openssl rand/,
    );
    expect(new DreyError('secretLocked', '').status).to.equal(503);
  });
});
