import type { ServerResponse } from 'node:http';
import type { Batch, Change } from './feed.ts';

/** A client comes back after this long. */
const RETRY_MS = 2000;
/** Also for how long at most a stream outlives the rights of its client. */
const HEARTBEAT_MS = 15_000;
/** A client that takes nothing for so long is dropped. */
const PATIENCE_MS = 30_000;
/** A client for whom more changes than these wait is dropped: it reads on from its `Last-Event-ID` when it comes back. */
const MOST_WAITING = 10_000;

/** What a stream shows of a change: undefined where it is none of its business. */
type Shown = (change: Change) => Change | undefined;

export interface Stream {
  /** Takes a batch that is to be sent when its turn comes. */
  push(batch: Batch): void;
  /** Sends what was before, then what is pushed, until the client goes, is too slow, or `end` is called. */
  run(first: AsyncIterable<Batch>): Promise<void>;
  end(): void;
}

interface Terms {
  readonly shown: Shown;
  /** The `Last-Event-ID` that the client has, if any. */
  readonly position?: Date | undefined;
  /** Asked at each heartbeat; the stream ends at the first no. */
  readonly isStillAllowed: () => Promise<boolean>;
  readonly heartbeatMs?: number | undefined;
}

/** Server-sent events on a response. */
export function streamOn(raw: ServerResponse, { shown, position, isStillAllowed, heartbeatMs = HEARTBEAT_MS }: Terms): Stream {
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
  /** While it cannot be looked up there is nothing to tell either. */
  const beat = async (): Promise<void> => {
    if (await isStillAllowed().catch(() => true)) await write(`:\n${idLine()}\n`);
    else stop();
  };
  let isAhead = false;
  const send = async ({ changes, upTo }: Batch): Promise<void> => {
    const told = changes.flatMap((change) => shown(change) ?? []);
    // The id of all but the end of a batch is that of the batch before: whoever breaks off in the middle gets it again.
    // One after the other: of a slow client's batch no more than one frame is held as text.
    for (const { type, resource } of told) await write(`event: ${type}\n${idLine()}data: ${JSON.stringify(resource)}\n\n`);
    isAhead ||= told.length > 0 || lastId === undefined;
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
      const heartbeat = setInterval(() => void beat(), heartbeatMs);
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
        raw.end();
      }
    },
    end: stop,
  };
}
