import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { LONGEST_CHANGE_MS, type Mark, type WatchedKind, type WatchStore } from '../../ports/watch.ts';

// INVARIANTS
// 1. A change is found by when its transaction read the clock, and seen when that commits. So each look reads LONGEST_CHANGE_MS more than what came after
//    the look before, and drops what that look has shown already.
// 2. A look counts only when its resources were read as well: what fails is looked at again, from the same moment.
// 3. Nothing is kept that the database does not know: any daemon can go on for a client of another one.

/** What of a resource the watching looks at. */
export interface Resource {
  readonly apiVersion: 'v1';
  readonly kind: string;
  readonly metadata: {
    readonly id: string;
    readonly namespace: string;
    readonly resourceVersion: number;
    readonly name?: string;
    readonly deploymentId?: string;
    readonly jobId?: string;
  };
}

/** What can be watched: its rows, and how they are shown. */
export interface Source {
  readonly rows: WatchedKind;
  /** The `kind` of its resources. */
  readonly kind: string;
  /** The resources that there are of these ids. */
  readonly load: (ids: readonly string[]) => Promise<readonly Resource[]>;
}

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: Resource;
}

export interface Batch {
  readonly changes: readonly Change[];
  /** All that came before this moment has been told with this batch; undefined: the batch is a part. */
  readonly upTo?: Date;
}

export interface Feed {
  /** Hands on what changes from now on, until the returned function is called. Resolves when nothing can be missed any more. */
  follow(listener: (batch: Batch) => void): Promise<() => void>;
  /** What changed after all before `moment` was told. */
  since(moment: Date): AsyncGenerator<Batch>;
}

/** Resources read at once. */
const CHUNK = 500;

type WatchedStore = WatchStore & Pick<Store, 'now'>;

/** One look at the database each `pollMs` for all who watch a kind, and none when nobody does. */
export function feedOf(store: WatchedStore, source: Source, pollMs: number, log: Log): Feed {
  const listeners = new Set<(batch: Batch) => void>();
  let followers = 0;
  let started: Promise<void> | undefined;
  /** What the last look showed, and when it was. */
  let seen: ReadonlyMap<string, string> = new Map();
  let upTo = new Date(0);

  const look = (moment: Date) => store.changesSince(source.rows, before(moment));

  const batchesOf = async function* (marks: readonly Mark[], isNew: (mark: Mark) => boolean, now: Date): AsyncGenerator<Batch> {
    for (let from = 0; from < marks.length; from += CHUNK) {
      const chunk = marks.slice(from, from + CHUNK);
      const ids = chunk.filter(({ deleted }) => deleted === undefined).map(({ id }) => id);
      const loaded = new Map((await source.load(ids)).map((resource) => [resource.metadata.id, resource]));
      yield { changes: chunk.flatMap((mark) => changeOf(source.kind, mark, loaded.get(mark.id), isNew(mark))) };
    }
    yield { changes: [], upTo: now };
  };

  /** The first look tells nobody: whoever follows reads what is there after it. */
  const start = async (): Promise<void> => {
    const from = await store.now();
    const { marks, now } = await look(from);
    [seen, upTo] = [versionsOf(marks), now];
    void pollOn();
  };

  const poll = async (): Promise<void> => {
    const { marks, now } = await look(upTo);
    const fresh = marks.filter((mark) => seen.get(mark.id) !== versionOf(mark));
    const isNew = ({ id, createdAt }: Mark): boolean => !seen.has(id) && createdAt > before(upTo);
    for await (const batch of batchesOf(fresh, isNew, now)) for (const listener of listeners) listener(batch);
    [seen, upTo] = [versionsOf(marks), now];
  };

  const pollOn = async (): Promise<void> => {
    while (followers > 0) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
      await poll().catch((error: unknown) =>
        log.debug({ error, kind: source.kind }, 'what changed could not be read, it is looked at again'),
      );
    }
    started = undefined;
  };

  return {
    async follow(listener) {
      // Counted before anything is waited for: the looks go on while somebody is on the way.
      followers++;
      try {
        await (started ??= start());
      } catch (error) {
        followers--;
        started = undefined;
        throw error;
      }
      listeners.add(listener);
      return () => {
        if (listeners.delete(listener)) followers--;
      };
    },
    async *since(moment) {
      const { marks, now } = await look(moment);
      yield* batchesOf(marks, ({ createdAt }) => createdAt > before(moment), now);
    },
  };
}

function changeOf(kind: string, { id, version, deleted }: Mark, resource: Resource | undefined, isNew: boolean): Change[] {
  if (deleted !== undefined)
    return [{ type: 'DELETED', resource: { apiVersion: 'v1', kind, metadata: { id, ...deleted, resourceVersion: version } } }];
  // Read after it was marked, it may be gone by now, which is told as well.
  return resource === undefined ? [] : [{ type: isNew ? 'ADDED' : 'MODIFIED', resource }];
}

const before = (moment: Date): Date => new Date(moment.getTime() - LONGEST_CHANGE_MS);

const versionOf = ({ version, deleted }: Mark): string => (deleted === undefined ? String(version) : 'deleted');

const versionsOf = (marks: readonly Mark[]): ReadonlyMap<string, string> => new Map(marks.map((mark) => [mark.id, versionOf(mark)]));
