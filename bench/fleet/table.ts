import { MEASURE_NAMES, MEASURES } from './measures.ts';
import type { FleetReport, FleetResult } from './results.ts';
import type { Summary } from './statistics.ts';

/** The report as lines of text: a row a measure, a column a fleet; medians, and in brackets the least and the most of the windows. */
export function table({ fleets, costIsFlatOrFalls }: FleetReport): string[] {
  const rows = [
    ['', ...fleets.map(({ jobs }) => `${jobs.toLocaleString('en')} Jobs`), 'to reach'],
    ...MEASURE_NAMES.map((name) => {
      const { title, show, aim } = MEASURES[name];
      const cell = ({ medians, aims }: FleetResult): string => cellOf(medians[name], show) + mark(aims[name]?.reached);
      return [title, ...fleets.map(cell), aim?.text ?? ''];
    }),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, '', `${costIsFlatOrFalls.aim}:${mark(costIsFlatOrFalls.reached)}`];
}

function cellOf({ median, least, most }: Summary, show: (value: number) => string): string {
  const [low, high] = [show(least), show(most)];
  return low === high ? show(median) : `${show(median)} (${low}–${high})`;
}

const mark = (reached: boolean | undefined): string => (reached === undefined ? '' : reached ? ' ✓' : ' ✗');
