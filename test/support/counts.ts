/** What flinkkit.CountingJob counted, over all its subtasks. */
export interface Counts {
  /** What the current attempt began with. */
  readonly restored: number;
  readonly count: number;
}

/** The counts of a job that runs or has ended; undefined: it has not begun to count. Flink answers from a cache, a second old. */
export async function countsOf(restUrl: string, flinkJobId: string): Promise<Counts | undefined> {
  const response = await fetch(`${restUrl}/jobs/${flinkJobId}/accumulators`);
  if (!response.ok) return undefined;
  const accumulators = (await response.json()) as { 'user-task-accumulators': { name: string; value: string }[] };
  const valueOf = (wanted: string): number | undefined => {
    const found = accumulators['user-task-accumulators'].find(({ name }) => name === wanted);
    return found === undefined ? undefined : Number(found.value);
  };
  const [restored, count] = [valueOf('restored'), valueOf('count')];
  return restored === undefined || count === undefined ? undefined : { restored, count };
}
