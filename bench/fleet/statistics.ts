/** The value below which `share` of the sorted values lie. */
export const percentile = (sorted: ArrayLike<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Median and spread of what several windows gave. */
export function summarized(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const rounded = (value: number | undefined): number => Number((value ?? 0).toPrecision(4));
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
  return { median: rounded(median), least: rounded(sorted[0]), most: rounded(sorted.at(-1)) };
}
