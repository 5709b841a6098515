/** What the daemon's REST API answered. */
export interface Answer {
  readonly status: number;
  /** The body, read as JSON; its text where it is none. */
  readonly body: unknown;
}

const limitMs = 5000;

/** Asks the daemon. @throws TypeError when it cannot be reached, TimeoutError after 5 s, the signal's reason when aborted. */
export async function ask(url: string, options: { method?: string; body?: unknown; signal: AbortSignal }): Promise<Answer> {
  const response = await fetch(url, {
    method: options.method ?? 'GET',
    signal: AbortSignal.any([options.signal, AbortSignal.timeout(limitMs)]),
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch {
    return { status: response.status, body: text };
  }
}

/** The value at a path of field names; undefined where the path leads nowhere. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, name) => (typeof found === 'object' && found !== null ? Object.getOwnPropertyDescriptor(found, name)?.value : undefined),
    value,
  );
}

/** The text at a path; undefined where there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}
