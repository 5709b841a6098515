import { FLINK_WORDS, type FlinkWord } from '../domain/job.ts';
import type { ListedJob } from '../ports/targets.ts';

/** How many tasks of a job are in which state, by Flink's names in lower case. */
export type TaskCounts = Readonly<Record<string, number>>;

/** Flink's own word for a state, or undefined when Flink is not known to have it. */
export const flinkWord = (text: string): FlinkWord | undefined => FLINK_WORDS.find((word) => word === text);

/** A job as the port shows it. The id in lower case, as Flink writes it whatever it was given. */
export function listedJob(id: string, state: string, startedAtMs: number, tasks: TaskCounts, changedAtMs?: number): ListedJob {
  const base = { id: id.toLowerCase(), word: flinkWord(state), startedAtMs, ...(changedAtMs === undefined ? {} : { changedAtMs }) };
  return isReady(tasks) ? { ...base, tasksReady: true } : { ...base, tasksReady: false, progress: progressOf(tasks) };
}

/** What a task may wait for before it runs, in the order in which it happens; with the words for one and for several. */
const BEFORE_RUNNING = [
  ['scheduled', 'waits for a slot', 'wait for a slot'],
  ['deploying', 'is being deployed', 'are being deployed'],
  ['initializing', 'restores its state', 'restore their state'],
  ['reconciling', 'is being recovered', 'are being recovered'],
] as const;

/**
 * Ready: no task on its way, at least one running or finished. RUNNING alone means nothing: a job without slots is RUNNING, and "all running" would be too
 * much: a one-row source finishes while the rest runs, and the later stages of a batch job stay `created` for long.
 */
function isReady(tasks: TaskCounts): boolean {
  return BEFORE_RUNNING.every(([state]) => count(tasks, state) === 0) && count(tasks, 'running') + count(tasks, 'finished') > 0;
}

/** What the first tasks that do not run yet do: "1 of 2 tasks waits for a slot". */
function progressOf(tasks: TaskCounts): string {
  const total = count(tasks, 'total');
  if (total === 0) return 'Flink has not made its tasks yet';
  for (const [state, one, several] of BEFORE_RUNNING) {
    const waiting = count(tasks, state);
    if (waiting > 0) return `${waiting} of ${total} tasks ${waiting === 1 ? one : several}`;
  }
  return `0 of ${total} tasks run`;
}

const count = (tasks: TaskCounts, state: string): number => tasks[state] ?? 0;
