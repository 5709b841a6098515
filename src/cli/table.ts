import Table from 'cli-table3';

const BORDERS = ['top', 'bottom', 'left', 'right', 'mid', 'middle'] as const;
const CORNERS = [
  'top-mid',
  'top-left',
  'top-right',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left-mid',
  'mid-mid',
  'right-mid',
] as const;
const NO_LINES = Object.fromEntries([...BORDERS, ...CORNERS].map((part) => [part, '']));

/** cli-table3 takes time that grows with the square of its rows. */
const ROWS_AT_ONCE = 100;

/** Columns with spaces between, as kubectl prints them. Each call makes lines of more rows; columns grow wider and never narrower. */
export function createColumns(): (rows: readonly (readonly string[])[]) => string[] {
  let widest: readonly string[] = [];
  return (rows) => {
    for (const row of rows) widest = row.map((cell, column) => longer(cell, widest[column] ?? ''));
    const lines: string[] = [];
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      lines.push(...linesOf([widest, ...rows.slice(from, from + ROWS_AT_ONCE)]).slice(1));
    }
    return lines;
  };
}

const longer = (a: string, b: string): string => (a.length > b.length ? a : b);

function linesOf(rows: readonly (readonly string[])[]): string[] {
  const table = new Table({ chars: NO_LINES, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 3 } });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}
