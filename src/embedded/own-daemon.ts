export const namespacePath = '/api/v1/namespaces/default';

const askMs = 5000;

/** The daemon of `drey up`, and where it is asked. */
export interface OwnDaemon {
  /** `http://127.0.0.1:8080` */
  readonly apiUrl: string;
  /** The admin's, where the daemon wants one. */
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly ok: boolean;
  readonly status: number;
  readonly body: string;
}

/** Asks the daemon for what is at a path of the namespace, or sends it something new. @throws TypeError when it cannot be reached, TimeoutError after 5 s, the signal's reason when aborted. */
export async function ask({ apiUrl, token, signal }: OwnDaemon, path: string, sent?: object): Promise<Reply> {
  const response = await fetch(`${apiUrl}${namespacePath}${path}`, {
    ...(sent === undefined ? {} : { method: 'POST', body: JSON.stringify(sent) }),
    headers: {
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(askMs)]),
  });
  return { ok: response.ok, status: response.status, body: await response.text() };
}
