/** Where `drey up` tells what goes on: lines that stay and, on a terminal, a block below them that is redrawn in place. */
export interface Screen {
  /** Whether it is a terminal. */
  readonly isLive: boolean;
  /** Writes lines that stay. */
  say(text: string): void;
  /** Replaces the block; does nothing where there is no terminal. */
  show(block: readonly string[]): void;
  /** Shows a line that counts the seconds until the work is done, then says how long it took. Returns what the work returns. */
  follow<T>(title: string, work: Promise<T>): Promise<T>;
}

export function createScreen(output: NodeJS.WriteStream): Screen {
  const isLive = output.isTTY;
  let block: readonly string[] = [];

  const show = (lines: readonly string[]) => {
    if (!isLive) return;
    // A line that wraps would take two rows, and the way back up would be too short.
    const rows = lines.map((line) => line.slice(0, Math.max(output.columns - 1, 20)));
    const erased = block.length === 0 ? '' : `\x1b[${block.length}A\r\x1b[J`;
    output.write(erased + rows.map((line) => `${line}\n`).join(''));
    block = rows;
  };
  const say = (text: string) => {
    const below = block;
    show([]);
    output.write(`${text}\n`);
    show(below);
  };

  const followed = new Map<string, number>();
  const showFollowed = () => show([...followed].map(([title, began]) => `… ${title}  ${secondsSince(began)}`));

  return {
    isLive,
    say,
    show,
    async follow(title, work) {
      const began = Date.now();
      followed.set(title, began);
      const timer = setInterval(showFollowed, 200);
      showFollowed();
      let mark = '✗';
      try {
        const result = await work;
        mark = '✓';
        return result;
      } finally {
        clearInterval(timer);
        followed.delete(title);
        showFollowed();
        say(`${mark} ${title}  ${secondsSince(began)}`);
      }
    },
  };
}

function secondsSince(began: number): string {
  return `${((Date.now() - began) / 1000).toFixed(1)} s`;
}
