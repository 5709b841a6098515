import fc from 'fast-check';
import type { TSchema } from 'typebox';
import { isObject, nodeOf } from '../../../src/schema/walk.ts';

/** What means something to JavaScript, to the API, to HTTP or to a database. */
const hostileText = fc.constantFrom(
  '',
  ' ',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\ud800',
  '💥',
  '%00',
  '%',
  '../..',
  "'; DROP TABLE jobs; --",
  '${jndi:ldap://x}',
  '{{jobId}}',
  'null',
  'NaN',
  '-1',
  '99999999999999999999',
  '1e400',
  'a'.repeat(300),
  'x=y,!z in (',
  '00000000-0000-0000-0000-000000000000',
);

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.string(),
  fc.double(),
  fc.integer(),
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { kind: 'Job' }, -1, 0, 2 ** 53, 1e308),
  fc.jsonValue({ maxDepth: 3 }),
);

export const hostileWord = fc.oneof(hostileText, fc.string({ maxLength: 12 }));

/** What a field of this name has to be for its request to be right; the schema cannot say it. */
const MEANT: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  name: fc.constantFrom('a', 'b', 'c', 'd-1', 'local', 'other'),
  namespace: fc.constant('default'),
  kind: fc.constantFrom(undefined, 'Deployment', 'DeploymentTarget'),
  jarUri: fc.constantFrom('file:///jobs/a.jar', 'file:///jobs/b.jar'),
  sqlScript: fc.constantFrom(
    "SET 'a.b' = 'c';\nCREATE TABLE t (x INT) WITH ('p' = '${secret}');\nINSERT INTO t SELECT 1",
    'EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END;',
  ),
  url: fc.constantFrom('http://localhost:8081', 'https://flink:8081/x'),
  sqlGatewayUrl: fc.constantFrom(undefined, 'http://localhost:8083'),
  archiveDir: fc.constant('file:///archive'),
  mainArgs: fc.constantFrom('--rate 10', '"a b" c'),
  jobFailureExpirationTime: fc.constantFrom('1h', 'PT5M'),
  maxStateAge: fc.constantFrom('1h', 'P1D'),
  deploymentTargetName: fc.constantFrom('local', 'with-gateway'),
  resourceVersion: fc.constantFrom(0, 0, 0, 1, 2, 3),
  ...Object.fromEntries(
    ['deploymentTargetId', 'sessionClusterName', 'auth', 'tls', 'kubernetes', 'process'].map((name) => [name, fc.constant(undefined)]),
  ),
};

/** Values that a schema allows. */
export function valuesOf(schema: TSchema, name = ''): fc.Arbitrary<unknown> {
  const node = nodeOf(schema);
  if (node.const !== undefined) return fc.constant(node.const);
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  const meant = Object.hasOwn(MEANT, name) ? MEANT[name] : undefined;
  if (meant !== undefined) return meant;
  if (node.anyOf !== undefined) return fc.oneof(...node.anyOf.map((branch) => valuesOf(branch)));
  const types = [node.type ?? []].flat();
  if (types.length > 1) return fc.oneof(...types.map((type) => valuesOf({ ...schema, type })));
  switch (types[0]) {
    case 'object':
      return objectsOf(schema);
    case 'array':
      return fc.array(valuesOf(node.items ?? {}), { maxLength: 3 });
    case 'string':
      return node.format === 'uuid' ? fc.uuid({ version: 7 }) : fc.string({ minLength: 1, maxLength: 20 });
    case 'integer':
      return fc.integer({ min: node.minimum ?? -10, max: Math.min(node.maximum ?? 1000, 1000) });
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    case undefined:
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function objectsOf(schema: TSchema): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = nodeOf(schema);
  if (Object.keys(properties).length === 0) {
    return isObject(additionalProperties)
      ? fc.dictionary(fc.constantFrom('a', 'b', 'team'), valuesOf(additionalProperties), { maxKeys: 2 })
      : fc.constant({});
  }
  const fields = Object.fromEntries(Object.entries(properties).map(([key, inner]) => [key, valuesOf(inner, key)]));
  const optional = Object.keys(fields).filter((key) => !required.includes(key));
  return fc
    .tuple(fc.record(fields), fc.subarray(optional))
    .map(([value, dropped]) =>
      Object.fromEntries(Object.entries(value).filter(([key, field]) => !dropped.includes(key) && field !== undefined)),
    );
}

/** The same value with one thing in it wrong: a field more, one less, or one that is something else. */
export const spoilt = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.tuple(values, hostile, hostileWord, fc.nat(), fc.constantFrom('replace', 'drop', 'add')).map(([value, other, word, at, how]) => {
    const places = placesIn(value);
    const place = places[at % places.length] ?? [];
    if (how === 'replace') return changed(value, place, () => other);
    if (how === 'drop') return changed(value, place, () => undefined);
    return changed(value, place, (old) => (isObject(old) ? Object.fromEntries([...Object.entries(old), [word, other]]) : other));
  });

const placesIn = (value: unknown, path: readonly string[] = []): string[][] =>
  isObject(value) ? [[...path], ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))] : [[...path]];

function changed(value: unknown, [key, ...rest]: readonly string[], change: (old: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, name === key ? changed(inner, rest, change) : inner]));
}
