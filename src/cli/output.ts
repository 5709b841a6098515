import { Option } from 'commander';
import { choose } from './choose.ts';
import { cellsOf, type Column, type Surroundings } from './columns.ts';
import type { Screen } from './screen.ts';
import { createColumns } from './table.ts';

const FORMATS = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export type Format = (typeof FORMATS)[number];

/** `-o`: how data is written. */
export const outputOption = (formats: readonly Format[] = FORMATS): Option =>
  new Option('-o, --output <format>', `one of ${formats.join(', ')}`)
    .default('table')
    .argParser((word) => choose('an output format', word, formats));

/** Writes a value as JSON, or as a YAML document. */
export async function printDocument(screen: Screen, format: 'json' | 'yaml', value: object): Promise<void> {
  if (format === 'json') {
    screen.print(JSON.stringify(value, undefined, 2));
    return;
  }
  const { stringify } = await import('yaml'); // loaded only where it is needed: it takes longer than a request
  screen.print(`---\n${stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()}`);
}

/** Writes rows below their titles; more rows later stand in the same columns, without titles. */
export function createTable<T>(
  screen: Screen,
  columns: readonly Column<T>[],
  isWide: boolean,
): (resources: readonly T[], around: Surroundings) => void {
  const shown = columns.filter(({ wide }) => isWide || wide !== true);
  const linesOf = createColumns();
  let titles: string[][] = [shown.map(({ title }) => title)];
  return (resources, around) => {
    const rows = resources.map((resource) => cellsOf(shown, resource, around, (state) => screen.paint(state)));
    if (rows.length > 0) screen.print(...linesOf([...titles, ...rows]));
    if (rows.length > 0) titles = [];
  };
}
