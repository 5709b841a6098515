import { readFileSync } from 'node:fs';
import type { TSchema } from 'typebox';
import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node, type Pair } from 'yaml';
import { hint } from '../src/schema/did-you-mean.ts';
import { fieldsOf, isSection, leafAt, relaxed, settingName } from './names.ts';
import { SettingsSchema } from './schema.ts';
import { faultsOfEntry, type Entry, type Source } from './source.ts';

/** What a YAML file with the root keys `drey` and `vvp` says. `shownAs` is its name in faults. */
export function yamlSource(path: string, shownAs: string): Source {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return failed(`${shownAs} cannot be read: ${String(error)}`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    const said = broken.map(
      ({ message, linePos }) => `${shownAs}:${linePos?.[0].line ?? 1}:${linePos?.[0].col ?? 1} ${message.split('\n')[0] ?? ''}`,
    );
    return failed(...said);
  }
  if (document.contents === null) return failed(`${shownAs} is empty; give it a "drey:" block or remove it`);
  if (!isMap(document.contents)) return failed(`${shownAs}:1 must be a map with the keys drey and vvp`);
  return readRoot({
    document,
    entries: [],
    faults: [],
    withoutEffect: [],
    origin: (node) => `${shownAs}:${lines.linePos(node?.range?.[0] ?? 0).line}`,
  });
}

const failed = (...faults: string[]): Source => ({ entries: [], faults, withoutEffect: [] });

interface Reading {
  readonly document: Document;
  readonly entries: Entry[];
  readonly faults: string[];
  readonly withoutEffect: string[];
  readonly origin: (node: Node | null | undefined) => string;
}

function readRoot(reading: Reading): Source {
  for (const { key, keyNode, value } of pairsOf(reading.document.contents)) {
    const origin = reading.origin(keyNode);
    if (key.toLowerCase() === 'drey') readSection(reading, SettingsSchema, [], value, origin);
    else if (/^vvp(\.|$)/i.test(key)) reading.withoutEffect.push(...leafNames(value, key));
    else reading.faults.push(`${origin} ${key} is not a root key${hint(key, ['drey', 'vvp'])}`);
  }
  return { ...reading, faults: [...reading.faults, ...reading.entries.flatMap(faultsOfEntry)] };
}

/** Reads a section's fields under any of their spellings. A section without a value is an empty one: all its lines are comments. */
function readSection(reading: Reading, schema: TSchema, path: readonly string[], node: Node | null, origin: string): void {
  const section = ['drey', ...path.map(settingName)].join('.');
  if (node === null || (isScalar(node) && node.value === null)) return;
  if (!isMap(node)) {
    reading.faults.push(`${origin} ${section} is a section; write its settings below it`);
    return;
  }
  const fields = fieldsOf(schema);
  const seen = new Map<string, string>();
  for (const { key, keyNode, value } of pairsOf(node)) {
    const at = reading.origin(keyNode);
    const field = fields.get(relaxed(key));
    const before = seen.get(relaxed(key));
    seen.set(relaxed(key), at);
    if (field === undefined) {
      reading.faults.push(
        `${at} ${section}.${key} is not a setting${hint(
          key,
          [...fields.values()].map((known) => settingName(known.key)),
        )}`,
      );
    } else if (before !== undefined) {
      reading.faults.push(`${at} ${section}.${key} is given twice, first at ${before}`);
    } else if (isSection(field.schema)) {
      readSection(reading, field.schema, [...path, field.key], value, at);
    } else {
      readLeaf(reading, [...path, field.key], field.schema, value, at);
    }
  }
}

function readLeaf(
  { document, entries, faults }: Reading,
  path: readonly string[],
  schema: TSchema,
  node: Node | null,
  origin: string,
): void {
  const leaf = leafAt(path, schema);
  const value: unknown = node?.toJS(document) ?? null;
  if (value === null) {
    faults.push(`${origin} ${leaf.name} has no value; give it one or remove the line`);
    return;
  }
  // A bare number is a Duration too (milliseconds).
  const isBareDuration = typeof value === 'number' && path.at(-1)?.endsWith('Ms') === true;
  entries.push({ leaf, value: isBareDuration ? String(value) : value, origin });
}

interface ReadPair {
  readonly key: string;
  readonly keyNode: Node | null;
  readonly value: Node | null;
}

const pairsOf = (node: Node | null): ReadPair[] => (isMap<Node, Node>(node) ? node.items.map(readPair) : []);

const readPair = ({ key, value }: Pair<Node, Node>): ReadPair => ({
  key: isScalar(key) ? String(key.value) : String(key),
  keyNode: key,
  value,
});

const leafNames = (node: Node | null, name: string): string[] => {
  const pairs = pairsOf(node);
  return pairs.length === 0 ? [name] : pairs.flatMap(({ key, value }) => leafNames(value, `${name}.${key}`));
};
