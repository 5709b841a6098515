/** One frame of a stream of server-sent events; one without data only moves the id. */
export interface Frame {
  readonly event: string;
  readonly id?: string;
  readonly data?: {
    readonly kind: string;
    readonly metadata: { readonly id: string; readonly name?: string; readonly resourceVersion: number };
  };
}

/** Reads server-sent events of a URL until the signal is aborted or the stream ends. Throws the status of what is no stream. */
export async function* framesOf(url: string, headers: Record<string, string>, signal: AbortSignal): AsyncGenerator<Frame> {
  const response = await fetch(url, { headers, signal });
  if (!response.ok || response.body === null) throw new Error(`${response.status} ${await response.text()}`);
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      text = text.slice(end + 2);
      const [id, data] = [fields.get('id'), fields.get('data')];
      yield {
        event: fields.get('event') ?? '',
        ...(id === undefined ? {} : { id }),
        ...(data === undefined ? {} : { data: JSON.parse(data) as NonNullable<Frame['data']> }),
      };
    }
  }
}
