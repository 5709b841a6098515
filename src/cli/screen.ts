import { styleText } from 'node:util';
import type { Shell } from './shell.ts';

type Colour = 'green' | 'yellow' | 'red';

/** Where a command writes: data to stdout, messages to stderr. */
export interface Screen {
  /** Lines of data. */
  print(...lines: readonly string[]): void;
  /** A message, in one line. */
  tell(message: string): void;
  /** What goes on, and for how long: one line that is rewritten on a terminal; elsewhere a line for each change. */
  progress(step: string, time: string): void;
  /** A text in a colour, on a terminal. */
  tint(colour: Colour, text: string): string;
  /** A state in its own. */
  paint(state: string): string;
}

const COLOURS: Readonly<Record<string, Colour>> = {
  RUNNING: 'green',
  STARTED: 'green',
  FINISHED: 'green',
  COMPLETED: 'green',
  STARTING: 'yellow',
  TERMINATING: 'yellow',
  TRANSITIONING: 'yellow',
  UNKNOWN: 'yellow',
  FOREIGN: 'yellow',
  FAILED: 'red',
};

/** Back to the start of the line, which is emptied. */
const LINE_START = '\r\x1b[2K';

/** `colours`: false when the user wants none. */
export function createScreen({ env, stdout, stderr }: Shell, { colours }: { colours: boolean }): Screen {
  const isPainted = colours && stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '';
  const live = stderr.isTTY === true;
  let shown = '';

  /** Takes the progress away, so that what is written next stands on a line of its own. */
  const erase = (): void => {
    if (live && shown !== '') stderr.write(LINE_START);
    shown = '';
  };

  const tint = (colour: Colour, text: string): string => (isPainted ? styleText(colour, text, { validateStream: false }) : text);

  return {
    tint,
    print(...lines) {
      erase();
      if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`);
    },
    tell(message) {
      erase();
      stderr.write(`${oneLine(message.trim())}\n`);
    },
    progress(step, time) {
      // A line that wraps could not be taken back.
      if (live) stderr.write(LINE_START + `${time}  ${oneLine(step)}`.slice(0, Math.max((stderr.columns ?? 80) - 1, 20)));
      else if (step !== shown) stderr.write(`${time}  ${oneLine(step)}\n`);
      shown = step;
    },
    paint(state) {
      const colour = COLOURS[state];
      return colour === undefined ? state : tint(colour, state);
    },
  };
}

/** A text that others wrote, as one line that does nothing to a terminal. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\s]+/gu, ' ');
