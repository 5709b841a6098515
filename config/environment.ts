import { readFileSync } from 'node:fs';
import { nearest } from '../src/schema/did-you-mean.ts';
import { nodeOf } from '../src/schema/walk.ts';
import { isSecret, LEAVES, type Leaf } from './names.ts';
import { faultsOfEntry, type Entry, type Source } from './source.ts';

/** Variables with our prefix that are not settings: of the command line. */
const OTHERS = ['DREY_SERVER', 'DREY_CONFIG'];

/** The settings in the environment: `DREY_MYSQL_HOST`, and `DREY_MYSQL_PASSWORD_FILE` naming a file that holds the secret. */
export function environmentSource(env: Readonly<Record<string, string | undefined>>): Source {
  const byName = new Map(LEAVES.map((leaf) => [leaf.variable, { leaf, read: (text: string): unknown => valueOf(leaf, text) }]));
  for (const leaf of LEAVES.filter(({ schema }) => isSecret(schema))) {
    byName.set(`${leaf.variable}_FILE`, { leaf, read: (path) => readFileSync(path, 'utf8').replace(/\r?\n$/, '') });
  }
  const entries: Entry[] = [];
  const faults: string[] = [];
  for (const [origin, text] of Object.entries(env)) {
    if (!origin.startsWith('DREY_') || text === undefined || OTHERS.includes(origin)) continue;
    const known = byName.get(origin);
    if (known === undefined) faults.push(`${origin} is not a setting${guess(origin, [...byName.keys(), ...OTHERS])}`);
    else if (text === '') faults.push(`${origin} is empty; give it a value or unset it`);
    else if (entries.some(({ leaf }) => leaf === known.leaf)) faults.push(`${origin} and its other form are both set; unset one of them`);
    else {
      try {
        entries.push({ leaf: known.leaf, value: known.read(text), origin });
      } catch (error) {
        faults.push(`${origin} names ${text}, which cannot be read: ${String(error)}`);
      }
    }
  }
  return { entries, faults: [...faults, ...entries.flatMap(faultsOfEntry)], withoutEffect: [] };
}

const valueOf = ({ schema }: Leaf, text: string): unknown =>
  nodeOf(schema).type === 'integer' && /^-?\d+$/.test(text) ? Number(text) : text;

function guess(variable: string, known: readonly string[]): string {
  const near = nearest(variable, known);
  return near === undefined ? '; each setting of config/default.yaml has a variable named after it' : `; did you mean ${near}?`;
}
