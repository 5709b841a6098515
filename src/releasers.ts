/** What was opened, to be closed in reverse order. */
export interface Releasers {
  /** Registers how to close something. Once releasing has begun, it is closed at once. */
  push(name: string, release: () => Promise<void> | void): void;
  /**
   * Closes everything, the last opened first, one after the other; a second call waits for the first.
   * One that fails does not keep the others open.
   * @throws AggregateError of all failures, each naming what could not be closed.
   */
  releaseAll(): Promise<void>;
}

export function createReleasers(): Releasers {
  const stack: { name: string; release: () => Promise<void> | void }[] = [];
  const failures: Error[] = [];
  let released: Promise<void> | undefined;

  const emptyStack = async () => {
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      try {
        await top.release();
      } catch (cause) {
        failures.push(new Error(`${top.name} could not be closed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause }));
      }
    }
  };

  const finish = async () => {
    await emptyStack();
    if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  };

  return {
    push(name, release) {
      stack.push({ name, release });
      // Start-up went on while it was being undone.
      if (released !== undefined) {
        released = released.catch(() => undefined).then(finish);
        released.catch(() => undefined); // told by the next releaseAll()
      }
    },
    releaseAll() {
      released ??= finish();
      return released;
    },
  };
}
