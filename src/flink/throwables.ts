/** One exception of a Java stack trace, without its frames. */
export interface Throwable {
  readonly className: string;
  /** May have several lines; empty when the exception has none. */
  readonly message: string;
  /** The first `at …` line, without its `at`. */
  readonly frame?: string;
}

const HEAD = /^(Caused by: )?([a-zA-Z_$][\w$]*(?:\.[a-zA-Z_$][\w$]*)+)(?:: (.*))?$/;
const FRAME = /^\tat (.+)$/;
/** What ends a message: frames, `... 5 more`, suppressed exceptions (indented), and the end of Flink's frame around it. */
const AFTER_MESSAGE = /^(\t|Caused by: |End of exception on server side)/;
const MESSAGE_MAX = 1000;

/**
 * The exceptions of a stack trace as Java prints it, outermost first; empty when the text holds none.
 * Flink's REST errors are such texts (500 with `<Exception on server side:` around it), and so are its `/exceptions`.
 */
export function throwables(text: string): Throwable[] {
  const found: { className: string; message: string; frame?: string }[] = [];
  let current: (typeof found)[number] | undefined;
  let inMessage = false;
  for (const line of text.split(/\r?\n/)) {
    const head = inMessage && !line.startsWith('Caused by: ') ? null : HEAD.exec(line);
    const [, causedBy, className, message = ''] = head ?? [];
    if (className !== undefined && (causedBy !== undefined || found.length === 0)) {
      current = { className, message };
      found.push(current);
      inMessage = true;
    } else if (current !== undefined) {
      const frame = FRAME.exec(line)?.[1];
      if (frame !== undefined) current.frame ??= frame;
      inMessage &&= !AFTER_MESSAGE.test(line);
      if (inMessage && line.trim() !== '') current.message += `\n${line}`;
    }
  }
  return found;
}

/**
 * The cause in the user's words, as `class: message`: the last `Caused by:`, unless one above it says more. Of a value that
 * cannot be parsed the key is named one above, of a refused connection the address; a missing entry class ends in a bare
 * ClassNotFoundException, a file system that is missing in one of Hadoop.
 */
export function rootCause(chain: readonly Throwable[]): string | undefined {
  const root = chain.find(saysMore) ?? chain.at(-1);
  if (root === undefined) return undefined;
  const { className, frame } = root;
  // What came from a task was serialized on the way: its class stands in its message once more.
  const message = root.message.startsWith(`${className}: `) ? root.message.slice(className.length + 2) : root.message;
  const text = message === '' ? (frame === undefined ? className : `${className} at ${frame}`) : `${className}: ${message}`;
  return limited(text);
}

/** A message as it is told: not more of it than of any other. */
export const limited = (text: string): string => (text.length > MESSAGE_MAX ? `${text.slice(0, MESSAGE_MAX)} …` : text);

const saysMore = ({ className, message }: Throwable): boolean =>
  className.endsWith('.UnsupportedFileSystemSchemeException') ||
  className.endsWith('$AnnotatedConnectException') ||
  (className.endsWith('.IllegalArgumentException') && message.startsWith('Could not parse value')) ||
  (className.endsWith('.ProgramInvocationException') && !message.startsWith('The main method caused an error'));

/** True when one of the exceptions is of this class; `simpleName` is its name without the package. */
export const hasThrowable = (chain: readonly Throwable[], simpleName: string): boolean =>
  chain.some(({ className }) => className.split(/[.$]/).at(-1) === simpleName);

/** The cause of an end in the user's words. The newest stack trace is the one that ended it; its last `Caused by:` is what the user knows. */
export function causeIn(stackTraces: readonly string[] | undefined): string {
  const [newest] = stackTraces ?? [];
  if (newest === undefined) return 'Flink gives no cause';
  return rootCause(throwables(newest)) ?? newest.slice(0, 1000);
}
