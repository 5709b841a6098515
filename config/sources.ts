import { readFileSync } from 'node:fs';
import { isMap, isScalar, LineCounter, parseDocument, type Node } from 'yaml';
import { hint, nearest } from '../src/schema/did-you-mean.ts';
import { faultsOf } from '../src/schema/faults.ts';
import { nodeOf } from '../src/schema/walk.ts';
import { isSecret, isSection, LEAVES, relaxed, ROOT, variableOf, type Leaf, type Section } from './names.ts';

/** What the sources say so far, each overriding those before it, and all that is wrong with them, each fault with its origin in front. */
export interface Found {
  readonly values: Map<Leaf, Given>;
  readonly faults: string[];
  /** Keys of VVP's that are accepted and have no effect. */
  readonly withoutEffect: string[];
}

interface Given {
  /** undefined: named without a value, which is one of the faults. */
  readonly value: unknown;
  /** `config/local.yaml:3 drey.api.port`, or the variable. */
  readonly saidBy: string;
}

/** Variables with our prefix that are not settings: of the command line. */
const OTHER_VARIABLES = ['DREY_SERVER', 'DREY_CONFIG', 'DREY_TOKEN', 'DREY_TOKEN_FILE'];

/** The setting that a variable names; `isFile` when it names a file that holds the secret. */
interface Variable {
  readonly leaf: Leaf;
  readonly isFile: boolean;
}

/** By their relaxed names, so that Spring's spelling without inner underscores is one of them. */
const VARIABLES: ReadonlyMap<string, Variable> = new Map(
  LEAVES.flatMap((leaf): [string, Variable][] => [
    ...[leaf.name, ...leaf.aliases].map((name): [string, Variable] => [relaxed(variableOf(name)), { leaf, isFile: false }]),
    ...(isSecret(leaf) ? [[relaxed(fileVariableOf(leaf)), { leaf, isFile: true }] satisfies [string, Variable]] : []),
  ]),
);

/** Reads a YAML file with the root keys `drey` and `vvp`; a key may stand for several levels (`drey.api.port: 1`). `shownAs` is its name in faults. */
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
  const seen = new Map<Leaf, string>();
  for (const { key, value, at } of pairsOf(contents)) readPair(ROOT, key.split('.'), value, at);

  function readPair(section: Section, [head = '', ...rest]: readonly string[], value: Node | null, at: string): void {
    const field = section.fields.get(relaxed(head));
    if (field === undefined || (rest.length > 0 && !isSection(field))) readUnknown(section, [head, ...rest], value, at);
    else if (!isSection(field)) readLeaf(field, value, at, `${section.name}.${head}`);
    else if (rest.length > 0) readPair(field, rest, value, at);
    else readSection(field, value, at);
  }

  function readSection(section: Section, node: Node | null, at: string): void {
    // A section whose lines are all comments is an empty one.
    if (node === null || (isScalar(node) && node.value === null)) return;
    if (!isMap(node)) found.faults.push(`${at} ${section.name} is a section; write its settings below it`);
    for (const pair of pairsOf(node)) readPair(section, pair.key.split('.'), pair.value, pair.at);
  }

  function readLeaf(leaf: Leaf, node: Node | null, at: string, writtenAs: string): void {
    const before = seen.get(leaf);
    seen.set(leaf, at);
    const value: unknown = node?.toJS(document);
    // A bare number is a Duration too (milliseconds).
    const isBareDuration = typeof value === 'number' && leaf.path.at(-1)?.endsWith('Ms') === true;
    if (before !== undefined) found.faults.push(`${at} ${writtenAs} is given twice, first at ${before}`);
    else if (value === null || value === undefined)
      keepFault(found, leaf, `${at} ${leaf.name}`, 'has no value; give it one or remove the line');
    else keep(found, leaf, isBareDuration ? String(value) : typeof value === 'string' ? valueOf(leaf, value) : value, `${at} ${leaf.name}`);
  }

  function readUnknown(section: Section, path: readonly string[], value: Node | null, at: string): void {
    const name = [section.name, ...path].join('.').replace(/^\./, '');
    if (section === ROOT) found.faults.push(`${at} ${name} is not a root key${hint(path[0] ?? '', fieldNames(section))}`);
    else if (!section.name.startsWith('vvp'))
      found.faults.push(`${at} ${name} is not a setting${hint(path[0] ?? '', fieldNames(section))}`);
    else {
      const inside = pathsIn(value, path);
      found.withoutEffect.push(...inside.map((keys) => withHint(`${section.name}.${keys.join('.')}`, meant(section, keys), `${at}; `)));
    }
  }

  function pairsOf(node: Node | null): { key: string; value: Node | null; at: string }[] {
    if (!isMap<Node, Node>(node)) return [];
    return node.items.map(({ key, value }) => ({
      key: isScalar(key) ? String(key.value) : String(key),
      value,
      at: `${shownAs}:${lines.linePos(key.range?.[0] ?? 0).line}`,
    }));
  }

  function pathsIn(node: Node | null, path: readonly string[]): (readonly string[])[] {
    const pairs = pairsOf(node);
    return pairs.length === 0 ? [path] : pairs.flatMap(({ key, value }) => pathsIn(value, [...path, ...key.split('.')]));
  }
}

/** Reads the settings in the environment: `DREY_MYSQL_HOST`, and `DREY_MYSQL_PASSWORD_FILE` naming a file that holds the secret. */
export function readEnvironment(found: Found, env: Readonly<Record<string, string | undefined>>): void {
  const seen = new Set<Leaf>();
  for (const [name, text] of Object.entries(env)) {
    if (!/^(DREY|VVP)_/.test(name) || text === undefined || OTHER_VARIABLES.includes(name)) continue;
    const { leaf, isFile } = VARIABLES.get(relaxed(name)) ?? {};
    if (leaf === undefined) readUnknown(found, name);
    else if (text === '') keepFault(found, leaf, name, 'is empty; give it a value or unset it');
    else if (seen.has(leaf)) found.faults.push(`${name} and its other form are both set; unset one of them`);
    else if (isFile === true) readSecret(found, leaf, text, name);
    else keep(found, leaf, valueOf(leaf, text), name);
    if (leaf !== undefined && text !== '') seen.add(leaf);
  }
}

function readUnknown({ faults, withoutEffect }: Found, variable: string): void {
  const known = LEAVES.flatMap((leaf) => [variableOf(leaf.name), ...(isSecret(leaf) ? [fileVariableOf(leaf)] : [])]);
  const [prefix = ''] = variable.split('_', 1);
  const near = nearest(
    variable,
    [...known, ...OTHER_VARIABLES].filter((one) => one.startsWith(prefix)),
  );
  if (prefix === 'VVP') withoutEffect.push(withHint(variable, near, ''));
  else if (near !== undefined) faults.push(`${variable} is not a setting; did you mean ${near}?`);
  else faults.push(`${variable} is not a setting; each setting of config/default.yaml has a variable named after it`);
}

function readSecret(found: Found, leaf: Leaf, path: string, variable: string): void {
  try {
    keep(found, leaf, readFileSync(path, 'utf8').replace(/\r?\n$/, ''), `${variable} ${leaf.name}`);
  } catch (error) {
    found.faults.push(`${variable} names ${path}, which cannot be read: ${String(error)}`);
  }
}

function keep({ values, faults }: Found, leaf: Leaf, value: unknown, saidBy: string): void {
  values.set(leaf, { value, saidBy });
  faults.push(...faultsOf(leaf.schema, value).map(({ message }) => `${saidBy} ${message}`));
}

/** It was named, so that it is not reported as missing besides. */
function keepFault({ values, faults }: Found, leaf: Leaf, saidBy: string, message: string): void {
  values.set(leaf, { value: undefined, saidBy });
  faults.push(`${saidBy} ${message}`);
}

function valueOf({ schema }: Leaf, text: string): unknown {
  const { type } = nodeOf(schema);
  if (type === 'boolean' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return type === 'integer' && /^-?\d+$/.test(text) ? Number(text) : text;
}

const fieldNames = ({ fields }: Section): string[] => [...fields.values()].map(({ name }) => name.split('.').at(-1) ?? '');

function fileVariableOf({ name }: Leaf): string {
  return `${variableOf(name)}_FILE`;
}

/** The setting that a path probably stands for, looked for level by level. */
function meant({ fields }: Section, [head = '', ...rest]: readonly string[]): string | undefined {
  const field = fields.get(nearest(relaxed(head), [...fields.keys()]) ?? '');
  return field !== undefined && isSection(field) ? meant(field, rest) : field?.name;
}

const withHint = (name: string, near: string | undefined, place: string): string =>
  near === undefined ? name : `${name} (${place}did you mean ${near}?)`;
