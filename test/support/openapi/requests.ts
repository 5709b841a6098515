import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Operation } from './document.ts';
import { hostileWord, spoilt, valuesOf } from './values.ts';

/** A request; `:id` of a pool stands for an id that the server has given. */
export interface Request {
  readonly operation: Operation;
  readonly method: string;
  readonly url: (ids: readonly string[]) => string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string | undefined;
}

const sometimes = <T>(weight: number, values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 10 - weight, arbitrary: fc.constant(undefined) }, { weight, arbitrary: values });

/** What HTTP can carry in a header. */
const headerText = fc.oneof(
  fc.constantFrom('"1"', '*', '"2"', 'W/"3"', '"abc"', '1, 2', ''),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 20 }),
);

const LIKELY: fc.Arbitrary<Record<string, string>> = fc.constantFrom(
  { 'if-none-match': '*' },
  { 'if-match': '"2"' },
  { 'idempotency-key': 'k-1' },
  { 'idempotency-key': 'k-2' },
);

const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c', 'local', 'other') },
  { weight: 4, arbitrary: fc.nat().map((at) => `:${at}`) },
  { weight: 1, arbitrary: fc.uuid() },
  { weight: 1, arbitrary: hostileWord.map((word) => encoded(word)) },
);

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

const asText = (value: unknown): fc.Arbitrary<{ payload: string | undefined; type: string }> =>
  fc.constantFrom('application/json', 'application/yaml', 'application/merge-patch+json').map((type) => ({
    payload: value === undefined ? undefined : type === 'application/yaml' ? stringify(value) : JSON.stringify(value),
    type,
  }));

/** Requests to an operation: mostly as it documents them, often with something wrong, sometimes nonsense. */
export function requestsTo(operation: Operation): fc.Arbitrary<Request> {
  const { path, method, parameters, body } = operation;
  const query = parameters.filter((parameter) => parameter.in === 'query');
  const params = fc.dictionary(
    fc.constantFrom(...query.map(({ name }) => name), 'unknown', 'dryrun'),
    fc.oneof(hostileWord, fc.constantFrom('true', 'false', '1', '5', 'RUNNING', 'failed', 'a=b', '!a', ':0')),
    { maxKeys: 2 },
  );
  const values = body === undefined ? fc.constant(undefined) : valuesOf(body);
  const content = fc.oneof(
    { weight: 6, arbitrary: values.chain(asText) },
    { weight: 3, arbitrary: spoilt(values).chain(asText) },
    {
      weight: 1,
      arbitrary: fc.record({
        payload: fc.option(hostileWord, { nil: undefined }),
        type: fc.constantFrom(
          'application/json',
          'application/yaml',
          'text/plain',
          'application/xml',
          'application/json; charset=utf-16',
          'x',
          '',
        ),
      }),
    },
  );
  return fc
    .record({
      namespace: fc.oneof({ weight: 30, arbitrary: fc.constant('default') }, hostileWord.map(encoded)),
      name: segment,
      // A stream has no end that could be waited for.
      params: sometimes(3, params),
      content,
      accept: sometimes(3, fc.constantFrom('application/json', 'application/yaml', 'text/html', '*/*', 'application/json;q=0', 'x', '')),
      headers: sometimes(
        5,
        fc.oneof(LIKELY, fc.dictionary(fc.constantFrom('if-match', 'if-none-match', 'idempotency-key'), headerText, { maxKeys: 2 })),
      ),
    })
    .map(({ namespace, name, params: given = {}, content: { payload, type }, accept, headers }) => ({
      operation,
      method,
      url: (ids) => {
        const idAt = (text: string): string => (/^:\d+$/.test(text) ? (ids[Number(text.slice(1)) % Math.max(1, ids.length)] ?? 'a') : text);
        const search = Object.entries(given)
          .filter(([key, value]) => !(key === 'watch' && value.toLowerCase() === 'true'))
          .map(([key, value]) => `${encoded(key)}=${encoded(idAt(value))}`)
          .join('&');
        const filled = path.replace('{namespace}', namespace).replace(/\{\w+\}/, idAt(name));
        return search === '' ? filled : `${filled}?${search}`;
      },
      headers: {
        ...headers,
        ...(accept === undefined ? {} : { accept }),
        ...(body === undefined || payload === undefined ? {} : { 'content-type': type }),
      },
      payload: body === undefined ? undefined : payload,
    }));
}
