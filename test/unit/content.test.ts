import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseJson, parseYaml } from '../../src/api/content.ts';
import { mergePatch } from '../../src/api/merge-patch.ts';
import { acceptedFormat } from '../../src/api/negotiation.ts';
import { isDreyError } from '../../src/domain/errors.ts';

const fault = (parse: (body: Buffer) => unknown, body: string | Buffer): string => {
  try {
    parse(Buffer.from(body));
  } catch (error) {
    if (isDreyError(error, 'badRequest')) return error.message;
    throw error;
  }
  return 'no fault';
};

/** Eight lines that unfold to millions of values. */
const BOMB = Array.from(
  'abcdefgh',
  (key, i, alias = 'xabcdefg'.charAt(i)) =>
    `${key}: &${key} [${Array(9)
      .fill(i === 0 ? alias : `*${alias}`)
      .join()}]`,
).join('\n');

describe('bodies in', () => {
  it('are JSON and YAML', () => {
    expect(parseJson(Buffer.from('\ufeff{"a": [1, null]}'))).to.deep.equal({ a: [1, null] });
    expect(parseYaml(Buffer.from('a: &x [1, ~]\nb: *x\n"1.0": 1.0\n'))).to.deep.equal({ a: [1, null], b: [1, null], '1.0': 1 });
  });
  it('a version in YAML keeps the zero at its end', () => {
    const yaml = 'a: 1.20\nb: 2.0\nc: 1.25\nd: [10.10, "1.20", -0.50]\n';
    expect(parseYaml(Buffer.from(yaml))).to.deep.equal({ a: '1.20', b: 2, c: 1.25, d: ['10.10', '1.20', -0.5] });
  });
  it('may be empty', () => {
    for (const body of ['', ' \n', 'null']) expect(parseJson(Buffer.from(body))).to.equal(undefined);
    for (const body of ['', '# nothing\n', '~']) expect(parseYaml(Buffer.from(body))).to.equal(undefined);
  });

  const bad: [string, (body: Buffer) => unknown, string | Buffer, RegExp][] = [
    ['broken JSON', parseJson, '{"a": [1,}', /^the body is not usable: it is not JSON: /],
    [
      'broken YAML, with line and column',
      parseYaml,
      'a: 1\nb: [1\nc: }',
      /^the body is not usable: it is not YAML: .* at line 3, column \d+/,
    ],
    ['a key twice', parseYaml, 'a:\n  b: 1\n  b: 2\n', /the key "b" is given twice at line 3, column 3$/],
    ['two documents', parseYaml, 'a: 1\n---\nb: 1\n', /more than one document/],
    ['an unknown tag', parseYaml, 'a: !x 1\n', /Unresolved tag.* at line 1, column 4/],
    ['an alias to nothing', parseYaml, 'a: *b\n', /Unresolved alias/],
    ['an alias to itself', parseYaml, 'a: &a [*a]\n', /nested deeper than 32 levels/],
    ['an alias bomb', parseYaml, BOMB, /alias count/],
    ['bytes that are no UTF-8', parseJson, Buffer.from([0x22, 0xff, 0x22]), /it is not UTF-8$/],
    ['half a surrogate pair', parseJson, '{"a": "\\ud800"}', /half a surrogate pair/],
    ['half a surrogate pair in a key', parseJson, '{"\\ud800": 1}', /half a surrogate pair/],
    ['infinity', parseJson, '{"a": 1e999}', /Infinity is not a number that can be kept/],
    ['not a number', parseYaml, 'a: .nan\n', /NaN is not a number that can be kept/],
    ['__proto__ in JSON', parseJson, '{"a": {"__proto__": 1}}', /may not be called __proto__/],
    ['__proto__ in YAML', parseYaml, '__proto__: {a: 1}\n', /may not be called __proto__/],
    ['deep JSON', parseJson, `${'['.repeat(33)}${']'.repeat(33)}`, /deeper than 32 levels/],
    ['very deep JSON', parseJson, `${'['.repeat(100_000)}${']'.repeat(100_000)}`, /deeper than 32 levels/],
    ['deep YAML', parseYaml, Array.from({ length: 40 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), /deeper than 32 levels/],
    // Without its bound this one ended the process: "RegExpCompiler Allocation failed".
    ['a megabyte of [ in YAML', parseYaml, '['.repeat(1_000_000), /deeper than 32 levels/],
    // Without its bound this one took minutes: the check for duplicate keys was quadratic.
    ['a megabyte of keys in YAML', parseYaml, Array.from({ length: 90_000 }, (_, i) => `k${i}: 1`).join('\n'), /send it as JSON$/],
  ];
  for (const [what, parse, body, pattern] of bad) it(`refuses ${what}`, () => expect(fault(parse, body)).to.match(pattern));
  it('may be 32 levels deep', () => {
    const depth = (value: unknown): number => (Array.isArray(value) ? 1 + depth(value[0]) : 0);
    const text = Buffer.from(`${'['.repeat(32)}${']'.repeat(32)}`);
    expect(depth(parseJson(text))).to.equal(32);
    expect(depth(parseYaml(text))).to.equal(32);
  });
});

describe('bodies out', () => {
  const table: [string | undefined, 'json' | 'yaml' | undefined][] = [
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['application/yaml', 'yaml'],
    ['application/x-yaml', 'yaml'],
    ['text/yaml', 'yaml'],
    ['Application/YAML; charset=utf-8', 'yaml'],
    ['text/html, application/xhtml+xml, */*;q=0.8', 'json'],
    ['application/json;q=0.5, application/yaml', 'yaml'],
    ['application/yaml;q=0.5, */*', 'json'],
    ['application/yaml, application/json', 'yaml'],
    ['application/json;q=0, application/yaml;q=0.1', 'yaml'],
    ['text/html', undefined],
    ['application/json;q=0', undefined],
    ['constructor', undefined],
  ];
  for (const [accept, format] of table) {
    it(`${String(accept)} gets ${String(format)}`, () => expect(acceptedFormat(accept)).to.equal(format));
  }
});

describe('merge patch', () => {
  // RFC 7386, appendix A; then what packages got wrong.
  const table: [string, string, string][] = [
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
    ['{"a":1}', '{"constructor":"x","a":2,"prototype":"y"}', '{"a":2,"constructor":"x","prototype":"y"}'],
    ['{"hasOwnProperty":"x","a":1}', '{"a":null,"toString":{"b":1}}', '{"hasOwnProperty":"x","toString":{"b":1}}'],
  ];
  for (const [document, patch, merged] of table) {
    it(`${document} with ${patch}`, () => expect(JSON.stringify(mergePatch(JSON.parse(document), JSON.parse(patch)))).to.equal(merged));
  }
});
