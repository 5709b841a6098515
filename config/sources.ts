import { readFileSync } from 'node:fs';
import { isMap, isScalar, LineCounter, parseDocument, type Node } from 'yaml';
import { hint, nearest } from '../src/schema/did-you-mean.ts';
import { faultsOf } from '../src/schema/faults.ts';
import { nodeOf } from '../src/schema/walk.ts';
import { isSecret, isSection, LEAVES, relaxed, ROOT, type Leaf, type Section } from './names.ts';

/** What the sources say so far, each overriding those before it, and all that is wrong with them, each fault with its origin in front. */
export interface Found {
  readonly values: Map<Leaf, unknown>;
  readonly faults: string[];
  /** Keys of VVP's that are accepted and have no effect. */
  readonly withoutEffect: string[];
}

/** Variables with our prefix that are not settings: of the command line. */
const OTHER_VARIABLES = ['DREY_SERVER', 'DREY_CONFIG'];

const VARIABLES: ReadonlyMap<string, Leaf> = new Map(
  LEAVES.flatMap((leaf) => [leaf.variable, ...(isSecret(leaf) ? [`${leaf.variable}_FILE`] : [])].map((name) => [name, leaf])),
);

/** Reads a YAML file with the root keys `drey` and `vvp`. `shownAs` is its name in faults. */
export function readYaml(found: Found, path: string, shownAs: string): void {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    found.faults.push(`${shownAs} cannot be read: ${String(error)}`);
    return;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const { contents } = document;
  const broken = [...document.errors, ...document.warnings];
  for (const { message, pos } of broken) {
    const { line, col } = lines.linePos(pos[0]);
    found.faults.push(`${shownAs}:${line}:${col} ${message.split('\n')[0] ?? ''}`);
  }
  if (broken.length > 0) return;
  if (contents === null) found.faults.push(`${shownAs} is empty; give it a "drey:" block or remove it`);
  else if (!isMap(contents)) found.faults.push(`${shownAs}:1 must be a map with the keys drey and vvp`);
  for (const { key, value, at } of pairsOf(contents)) {
    if (key.toLowerCase() === 'drey') readSection(ROOT, value, at);
    else if (/^vvp(\.|$)/i.test(key)) found.withoutEffect.push(...leafNames(value, key));
    else found.faults.push(`${at} ${key} is not a root key${hint(key, ['drey', 'vvp'])}`);
  }

  function readSection({ name, fields }: Section, node: Node | null, origin: string): void {
    // A section whose lines are all comments is an empty one.
    if (node === null || (isScalar(node) && node.value === null)) return;
    if (!isMap(node)) found.faults.push(`${origin} ${name} is a section; write its settings below it`);
    const seen = new Map<string, string>();
    for (const { key, value, at } of pairsOf(node)) {
      const field = fields.get(relaxed(key));
      const before = seen.get(relaxed(key));
      seen.set(relaxed(key), at);
      if (field === undefined) found.faults.push(`${at} ${name}.${key} is not a setting${hint(key, fieldNames(fields))}`);
      else if (before !== undefined) found.faults.push(`${at} ${name}.${key} is given twice, first at ${before}`);
      else if (isSection(field)) readSection(field, value, at);
      else readLeaf(field, value?.toJS(document), at);
    }
  }

  function readLeaf(leaf: Leaf, value: unknown, at: string): void {
    // A bare number is a Duration too (milliseconds).
    const isBareDuration = typeof value === 'number' && leaf.path.at(-1)?.endsWith('Ms') === true;
    if (value === null || value === undefined) found.faults.push(`${at} ${leaf.name} has no value; give it one or remove the line`);
    else keep(found, leaf, isBareDuration ? String(value) : value, `${at} ${leaf.name}`);
  }

  function pairsOf(node: Node | null): { key: string; value: Node | null; at: string }[] {
    if (!isMap<Node, Node>(node)) return [];
    return node.items.map(({ key, value }) => ({
      key: isScalar(key) ? String(key.value) : String(key),
      value,
      at: `${shownAs}:${lines.linePos(key.range?.[0] ?? 0).line}`,
    }));
  }

  function leafNames(node: Node | null, name: string): string[] {
    const pairs = pairsOf(node);
    return pairs.length === 0 ? [name] : pairs.flatMap(({ key, value }) => leafNames(value, `${name}.${key}`));
  }
}

/** Reads the settings in the environment: `DREY_MYSQL_HOST`, and `DREY_MYSQL_PASSWORD_FILE` naming a file that holds the secret. */
export function readEnvironment(found: Found, env: Readonly<Record<string, string | undefined>>): void {
  const seen = new Set<Leaf>();
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('DREY_') || text === undefined || OTHER_VARIABLES.includes(name)) continue;
    const leaf = VARIABLES.get(name);
    if (leaf === undefined) found.faults.push(`${name} is not a setting${variableHint(name)}`);
    else if (text === '') found.faults.push(`${name} is empty; give it a value or unset it`);
    else if (seen.has(leaf)) found.faults.push(`${name} and its other form are both set; unset one of them`);
    else if (name === leaf.variable) keep(found, leaf, valueOf(leaf, text), name);
    else readSecret(found, leaf, text, name);
    if (leaf !== undefined && text !== '') seen.add(leaf);
  }
}

function readSecret(found: Found, leaf: Leaf, path: string, variable: string): void {
  try {
    keep(found, leaf, readFileSync(path, 'utf8').replace(/\r?\n$/, ''), `${variable} ${leaf.name}`);
  } catch (error) {
    found.faults.push(`${variable} names ${path}, which cannot be read: ${String(error)}`);
  }
}

function keep({ values, faults }: Found, leaf: Leaf, value: unknown, saidBy: string): void {
  values.set(leaf, value);
  faults.push(...faultsOf(leaf.schema, value).map(({ message }) => `${saidBy} ${message}`));
}

const valueOf = ({ schema }: Leaf, text: string): unknown =>
  nodeOf(schema).type === 'integer' && /^-?\d+$/.test(text) ? Number(text) : text;

const fieldNames = (fields: Section['fields']): string[] => [...fields.values()].map(({ name }) => name.split('.').at(-1) ?? '');

function variableHint(variable: string): string {
  const near = nearest(variable, [...VARIABLES.keys(), ...OTHER_VARIABLES]);
  return near === undefined ? '; each setting of config/default.yaml has a variable named after it' : `; did you mean ${near}?`;
}
