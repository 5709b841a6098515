/** Small, fast and repeatable (mulberry32): one generator a seed decides everything that happens in its world. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A world of this size takes some thousand steps; many more are a loop without a pause. */
const MOST_TASKS = 100_000;

interface Task {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A world with a clock of its own: nothing happens between two tasks, and tasks happen in the order of their times. */
export interface World {
  now(): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  between(from: number, to: number): number;
  pick<T>(items: readonly T[]): T;
  after(ms: number, run: () => void): void;
  sleep(ms: number): Promise<void>;
  every(ms: number, run: () => void): void;
  /** One line of the seed's history. */
  note(line: string): void;
  readonly history: readonly string[];
  /** Lets time pass until `untilMs`; calls `check` after every task. */
  run(untilMs: number, check: () => void): Promise<void>;
}

export function createWorld(seed: number): World {
  const random = generator(seed);
  const heap: Task[] = [];
  const history: string[] = [];
  let now = 0;
  let order = 0;

  const before = (a: Task, b: Task): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
  const push = (task: Task): void => {
    let i = heap.push(task) - 1;
    for (let up = (i - 1) >> 1; i > 0 && before(heap[i]!, heap[up]!); i = up, up = (i - 1) >> 1)
      [heap[i], heap[up]] = [heap[up]!, heap[i]!];
  };
  const pop = (): Task => {
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      for (let i = 0; ;) {
        const left = 2 * i + 1;
        const right = left + 1;
        let least = i;
        if (left < heap.length && before(heap[left]!, heap[least]!)) least = left;
        if (right < heap.length && before(heap[right]!, heap[least]!)) least = right;
        if (least === i) break;
        [heap[i], heap[least]] = [heap[least]!, heap[i]!];
        i = least;
      }
    }
    return top;
  };

  const world: World = {
    now: () => now,
    chance: (probability) => random() < probability,
    between: (from, to) => from + Math.floor(random() * (to - from + 1)),
    pick: (items) => items[Math.floor(random() * items.length)]!,
    after: (ms, run) => push({ at: now + Math.max(0, ms), order: order++, run }),
    sleep: (ms) => new Promise((resolve) => world.after(ms, resolve)),
    every(ms, run) {
      const turn = (): void => {
        run();
        world.after(ms, turn);
      };
      world.after(ms, turn);
    },
    note: (line) => void history.push(`${now} ${line}`),
    history,
    async run(untilMs, check) {
      let tasks = 0;
      while (heap.length > 0 && heap[0]!.at <= untilMs) {
        const task = pop();
        if (++tasks > MOST_TASKS) throw new Error(`I17 more than ${MOST_TASKS} steps: something goes round and round`);
        now = task.at;
        task.run();
        // Everything that follows from the task without waiting for time has happened when the event loop turns.
        await new Promise<void>((resolve) => setImmediate(resolve));
        check();
      }
      now = untilMs;
    },
  };
  return world;
}
