import type { ServerResponse } from 'node:http';
import type { Batch, Change } from './feed.ts';

/** A client comes back after this long. */
const RETRY_MS = 2000;
const HEARTBEAT_MS = 15_000;
/** A client that takes nothing for so long is dropped. */
const PATIENCE_MS = 30_000;
/** A client for whom more changes than these wait is dropped: it reads on from its `Last-Event-ID` when it comes back. */
const MOST_WAITING = 10_000;
/** After this long a stream ends, so that a client whose rights were taken away is noticed. */
const LONGEST_MS = 3_600_000;

/** What a stream shows of a change: undefined where it is none of its business. */
type Shown = (change: Change) => Change | undefined;

export interface Stream {
  /** Takes a batch that is to be sent when its turn comes. */
  push(batch: Batch): void;
  /** Sends what was before, then what is pushed, until the client goes, is too slow, or `end` is called. */
  run(first: AsyncIterable<Batch>): Promise<void>;
  end(): void;
}

/** Server-sent events on a response. `position`: the `Last-Event-ID` that the client has, if any. */
export function streamOn(raw: ServerResponse, shown: Shown, position: Date | undefined): Stream {
  const waiting: Batch[] = [];
  let waitingChanges = 0;
  let isOver = false;
  let lastId = position;
  let wake = (): void => undefined;
  const stop = (): void => {
    isOver = true;
    wake();
  };
  raw.on('close', stop);
  // It may have gone before anybody listened.
  if (raw.destroyed) stop();
  raw.on('error', stop);

  const idLine = (): string => (lastId === undefined ? '' : `id: ${lastId.getTime()}\n`);
  const write = async (text: string): Promise<void> => {
    if (isOver || raw.write(text)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => raw.destroy(), PATIENCE_MS);
      const go = (): void => {
        clearTimeout(timer);
        raw.off('drain', go);
        raw.off('close', go);
        resolve();
      };
      raw.on('drain', go);
      raw.on('close', go);
    });
  };
  let isAhead = false;
  const send = async ({ changes, upTo }: Batch): Promise<void> => {
    const told = changes.flatMap((change) => shown(change) ?? []);
    // The id of all but the end of a batch is that of the batch before: whoever breaks off in the middle gets it again.
    const frames = told.map(({ type, resource }) => `event: ${type}\n${idLine()}data: ${JSON.stringify(resource)}\n\n`);
    if (frames.length > 0) await write(frames.join(''));
    isAhead ||= frames.length > 0 || lastId === undefined;
    if (upTo === undefined) return;
    if (lastId === undefined || upTo > lastId) lastId = upTo;
    // An id without data is no event; it moves the client's Last-Event-ID. When nothing was sent, the heartbeat does.
    if (isAhead) await write(`${idLine()}\n`);
    isAhead = false;
  };

  return {
    push(batch) {
      waiting.push(batch);
      waitingChanges += batch.changes.length;
      if (waitingChanges > MOST_WAITING) raw.destroy();
      wake();
    },
    async run(first) {
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-cache',
        'x-accel-buffering': 'no',
        connection: 'close',
      });
      const heartbeat = setInterval(() => void write(`:\n${idLine()}\n`), HEARTBEAT_MS);
      const longest = setTimeout(stop, LONGEST_MS);
      try {
        await write(`retry: ${RETRY_MS}\n\n`);
        for await (const batch of first) {
          if (isOver) return;
          await send(batch);
        }
        while (!isOver) {
          const batch = waiting.shift();
          if (batch === undefined) await new Promise<void>((resolve) => (wake = resolve));
          else {
            waitingChanges -= batch.changes.length;
            await send(batch);
          }
        }
      } finally {
        clearInterval(heartbeat);
        clearTimeout(longest);
        raw.end();
      }
    },
    end: stop,
  };
}
