import { readFile } from 'node:fs/promises';
import { hint } from '../schema/did-you-mean.ts';
import { VERSION_NUMBER } from '../schema/yaml-scalars.ts';
import { CommandError, EXIT } from './exit.ts';
import { parseOne, pathOf } from './kinds.ts';
import type { Shell } from './shell.ts';

/** A resource as a file declares it. */
export interface Manifest {
  readonly kind: keyof typeof KINDS;
  /** As output calls it. */
  readonly reference: string;
  /** In the API. */
  readonly path: string;
  readonly body: object;
}

/** In the order in which they are sent: a Deployment needs its target and its secrets, and is made with the defaults. */
const KINDS = {
  SecretValue: 'secret-value',
  DeploymentDefaults: 'deployment-defaults',
  DeploymentTarget: 'deployment-target',
  Deployment: 'deployment',
} as const;

/** A list as `drey get -o yaml` writes it. */
const isList = (value: unknown): value is { kind: string; items: unknown[] } =>
  isObject(value) && typeof value['kind'] === 'string' && value['kind'].endsWith('List') && Array.isArray(value['items']);

/**
 * The resources of a file (`-`: stdin) of one or more YAML documents, JSON being YAML: by kind, else in the file's order.
 * Throws a usage error with the first fault: the file's, or a document's, with its line.
 */
export async function readManifests(file: string, { stdin }: Shell): Promise<Manifest[]> {
  const shownAs = file === '-' ? 'stdin' : file;
  const text = file === '-' ? await textOf(stdin) : await readFile(file, 'utf8').catch(refuse(`${shownAs} cannot be read`));
  const { LineCounter, parseAllDocuments } = await import('yaml'); // no other command needs to load it
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, customTags: (tags) => [VERSION_NUMBER, ...tags] });
  const found: Manifest[] = [];
  for (const document of documents) {
    const at = (offset: number): string => `${shownAs}:${lines.linePos(offset).line}`;
    const [fault] = [...document.errors, ...document.warnings];
    if (fault !== undefined) throw unusable(`${at(fault.pos[0])} ${fault.message.replace(/ at line[^]*/, '')}`);
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value === null) continue; // nothing but comments between two separators
    const place = at(document.contents?.range[0] ?? 0);
    for (const one of isList(value) ? value.items : [value]) found.push(manifestOf(one, place));
  }
  if (found.length === 0) throw unusable(`${shownAs} declares nothing`);
  return Object.keys(KINDS).flatMap((kind) => found.filter((manifest) => manifest.kind === kind));
}

function manifestOf(value: unknown, place: string): Manifest {
  if (!isObject(value)) throw unusable(`${place} is no resource; write kind, metadata and spec`);
  const { kind, metadata } = value;
  const known = Object.keys(KINDS);
  if (typeof kind !== 'string') throw unusable(`${place} has no kind; write ${known.slice(0, -1).join(', ')} or ${known.at(-1) ?? ''}`);
  if (!isKind(kind)) throw unusable(`${place} kind: "${kind}" cannot be applied${hint(kind, known)}`);
  // A namespace has one of them.
  if (kind === 'DeploymentDefaults') return { kind, reference: KINDS[kind], path: `/${KINDS[kind]}`, body: value };
  const name = isObject(metadata) ? metadata['name'] : undefined;
  if (typeof name !== 'string' || name === '') throw unusable(`${place} metadata.name is missing; it must be a text`);
  const reference = parseOne(KINDS[kind], name, [KINDS[kind]]);
  return { kind, reference: `${KINDS[kind]}/${name}`, path: pathOf(reference), body: value };
}

const isKind = (kind: string): kind is keyof typeof KINDS => Object.hasOwn(KINDS, kind);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** All of a stream. */
export async function textOf(stdin: Shell['stdin']): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stdin) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}

const unusable = (message: string, cause?: unknown): CommandError => new CommandError(EXIT.usage, message, { cause });

const refuse =
  (message: string) =>
  (cause: unknown): never => {
    throw unusable(`${message}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  };
