/**
 * Shares a reading: whoever asks while one is under way gets that one, and an answer is given again until it is `maxAgeMs` old. A failure
 * fails those who share it, and is not kept.
 */
export function shared<T>(read: () => Promise<T>, maxAgeMs: number, nowMs: () => number): () => Promise<T> {
  let reading: Promise<T> | undefined;
  let until = Infinity;
  return () => {
    if (reading !== undefined && nowMs() < until) return reading;
    const begun = read();
    reading = begun;
    until = Infinity;
    begun.then(
      () => {
        until = nowMs() + maxAgeMs;
        // What may be large is not kept for nobody.
        if (maxAgeMs === 0) reading = undefined;
      },
      () => {
        reading = undefined;
      },
    );
    return begun;
  };
}

/** The answer to `ask`, or undefined where it fails, which `failed` is told, or takes longer than `ms`. Never rejects. */
export async function within<T>(ms: number, ask: () => Promise<T> | T, failed: (error: unknown) => void): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([ask(), late]);
  } catch (error) {
    failed(error);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
