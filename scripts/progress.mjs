// One line per step: on a terminal the seconds count up in it, elsewhere it is written at the start and at the end.
import { clearInterval, setInterval } from 'node:timers';

/** Does `work` and shows that it goes on; returns what it returns. */
export async function step(title, work) {
  const began = Date.now();
  const seconds = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;
  const live = process.stdout.isTTY === true;
  // Cut to the terminal's width: a line that wraps could not be written over.
  const show = () => process.stdout.write(`\r\x1b[K… ${title.slice(0, (process.stdout.columns || 80) - 14)}  ${seconds()}`);
  if (live) show();
  else console.log(`… ${title}`);
  const timer = live ? setInterval(show, 100) : undefined;
  try {
    const result = await work();
    console.log(`${live ? '\r\x1b[K' : ''}✓ ${title}  ${seconds()}`);
    return result;
  } catch (error) {
    console.log(`${live ? '\r\x1b[K' : ''}✗ ${title}  ${seconds()}`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}
