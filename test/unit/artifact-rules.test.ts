import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { hostRuleFault } from '../../config/artifact-kinds.ts';
import { hostRules } from '../../src/artifacts/hosts.ts';
import { parseByteSize } from '../../src/domain/byte-size.ts';
import { artifactUri, filenameFault, parseArtifactUri } from '../../src/domain/stored-artifact.ts';

describe('hosts that jars are fetched from', () => {
  const table: [string[], string, string, boolean][] = [
    // Public addresses alone.
    [['public'], 'repo.example.com', '93.184.216.34', true],
    [['public'], 'repo.example.com', '2606:2800:220:1::1', true],
    [['public'], '93.184.216.34', '93.184.216.34', true],
    ...[
      ...['127.0.0.1', '127.8.8.8', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.64.0.1'],
      ...['192.0.0.8', '192.0.2.1', '198.18.0.1', '198.19.255.255', '203.0.113.9', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
      ...[
        '::',
        '::1',
        'fe80::1',
        'fc00::1',
        'fd00:ec2::254',
        'ff02::1',
        '64:ff9b::7f00:1',
        '64:ff9b::a00:1',
        '2001:db8::1',
        '2002:7f00:1::1',
      ],
      ...['2001::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1', '3fff::1', 'fec0::1'],
    ].map((address): [string[], string, string, boolean] => [['public'], 'evil.example.com', address, false]),
    [['public'], 'x', '172.15.255.255', true],
    [['public'], 'x', '172.32.0.0', true],
    [['public'], 'x', '100.128.0.0', true],
    [['public'], 'x', 'not an address', false],
    // A list is all there is.
    [['10.0.0.0/8'], 'x', '10.200.0.1', true],
    [['10.0.0.0/8'], 'x', '::ffff:10.200.0.1', true],
    [['10.0.0.0/8'], 'x', '11.0.0.1', false],
    [['10.0.0.0/8'], 'x', '93.184.216.34', false],
    [['public', '10.0.0.0/8'], 'x', '93.184.216.34', true],
    [['127.0.0.1'], '127.0.0.1', '127.0.0.1', true],
    [['127.0.0.1'], 'x', '127.0.0.2', false],
    [['fd00::/8'], 'x', 'fd12::1', true],
    [['fd00::/8'], 'x', 'fe80::1', false],
    // Names are trusted to name the right address, and match whole.
    [['Jars.Internal'], 'jars.internal', '10.0.0.1', true],
    [['jars.internal'], 'jars.internal.', '10.0.0.1', true],
    [['jars.internal'], 'xjars.internal', '10.0.0.1', false],
    [['jars.internal'], 'jars.internal.example.com', '10.0.0.1', false],
    [['*.internal'], 'a.b.internal', '10.0.0.1', true],
    [['*.internal'], 'internal', '10.0.0.1', false],
    [['*.internal'], 'notinternal', '10.0.0.1', false],
    // A literal address is no name.
    [['*.1'], '127.0.0.1', '127.0.0.1', false],
  ];
  for (const [allowed, hostname, address, isAllowed] of table) {
    it(`${allowed.join(', ')}: ${hostname} at ${address} is ${isAllowed ? 'allowed' : 'refused'}`, () =>
      expect(hostRules(allowed).allows(hostname, address)).to.equal(isAllowed));
  }
  it('an IPv4 address within an IPv6 one is never public', () =>
    fc.assert(fc.property(fc.ipV4(), (address) => !hostRules(['public']).allows('x', `::ffff:${address}`))));

  for (const item of ['public', 'host', 'a.b-c.example.com', '*.example.com', '10.0.0.0/8', '10.0.0.1', 'fd00::/8', '::1']) {
    it(`"${item}" may stand in the setting`, () => expect(hostRuleFault(item)).to.equal(undefined));
  }
  for (const item of [
    'https://host',
    'host:80',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0',
    '*',
    '*.',
    'a..b',
    '-a',
    '10.0.0.0/8/8',
    'fd00::/129',
  ]) {
    it(`"${item}" may not`, () => expect(hostRuleFault(item)).to.include(item));
  }
});

describe('names of stored artifacts', () => {
  for (const name of ['a.jar', 'A_b-1.0+2.jar', '0', `${'a'.repeat(196)}.jar`]) {
    it(`${name.slice(0, 30)} is one, and comes back from its URI`, () => {
      expect(filenameFault(name)).to.equal(undefined);
      expect(parseArtifactUri(artifactUri('default', name))).to.deep.equal({ namespace: 'default', filename: name });
    });
  }
  for (const name of ['', '.', '..', '.jar', '-rf', '+a', 'a/b', 'a\\b', 'a b', 'a%2f', 'ä.jar', 'a\n', 'a\0', 'a'.repeat(201)]) {
    it(`${JSON.stringify(name).slice(0, 30)} is none, nor has it a URI`, () => {
      expect(filenameFault(name)).to.be.a('string');
      expect(parseArtifactUri(artifactUri('default', name))).to.equal(undefined);
    });
  }
  it('what is a name is never a path', () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', '\\', 'a', '-', '\0', '%'), maxLength: 6 }), (name) => {
        if (filenameFault(name) === undefined) expect(name).to.match(/^a[.a-]*$/);
      }),
    ));
});

describe('sizes in bytes', () => {
  for (const [text, bytes] of [
    ['1KiB', 1024],
    ['512MiB', 536_870_912],
    ['4GiB', 4_294_967_296],
  ] as const) {
    it(`${text} is ${bytes}`, () => expect(parseByteSize(text)).to.equal(bytes));
  }
  for (const text of ['', '1', '0MiB', '1MB', '-1GiB', '1.5GiB', '1 GiB', '9999999KiB']) {
    it(`"${text}" is none`, () => expect(() => parseByteSize(text)).to.throw('write a whole number'));
  }
});
