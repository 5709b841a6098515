// The children of a script: what they are started for is shown step by step, and what runs is ended with the script. Each
// child leads a process group of its own: a terminal's Ctrl-C reaches only the script, which then ends each child with all
// that the child has started.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';

const running = new Set();
let stopping;

/** A failure that is told to the user without a stack trace. */
export class SetupError extends Error {}

/** What `start` resolves with when the program did not end within `limitMs`. */
export const OVER_LIMIT = 'OVER_LIMIT';

/**
 * Starts a program; resolves with its exit code, or with the name of the signal that ended it. When we are told to stop, or
 * when it has not ended after `limitMs` (if given), its group is told by SIGTERM, and killed `graceMs` later; over its limit,
 * this resolves with OVER_LIMIT once the group is gone.
 * @throws {SetupError} when it cannot be started, and when we are told to stop.
 */
export async function start(command, args, { graceMs = 1000, limitMs, onOutput, ...options }) {
  if (stopping) throw new SetupError('told to stop');
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options, detached: true });
  const entry = { child, graceMs };
  running.add(entry);
  child.stdout?.on('data', onOutput);
  child.stderr?.on('data', onOutput);
  let ending;
  const limit = limitMs === undefined ? undefined : setTimeout(() => (ending = endGroup(entry)), limitMs);
  try {
    const end = await new Promise((resolve, reject) => {
      child.once('error', (cause) => reject(new SetupError(`Cannot run ${command}: ${cause.message}`)));
      child.once('close', (code, signal) => resolve(signal ?? code));
    });
    await ending;
    if (stopping) throw new SetupError('told to stop');
    return ending === undefined ? end : OVER_LIMIT;
  } finally {
    clearTimeout(limit);
    // One that was told to stop leaves the list once its whole group is gone: see endGroup.
    if (!stopping) running.delete(entry);
  }
}

/**
 * Runs a program to its end.
 * @throws {SetupError} when it cannot be started or ends with anything but 0; the message ends with its last lines.
 */
export async function run(command, args, options = {}) {
  let output = '';
  const end = await start(command, args, { ...options, onOutput: (chunk) => (output += chunk) });
  const last = output.trim().split('\n').slice(-15).join('\n');
  if (end !== 0) throw new SetupError(`${[command, ...args].join(' ')}\nended with ${end}:\n${last}`);
}

/** Does `work` and shows that it goes on: on a terminal the seconds count up in one line, elsewhere there is one at the start and one at the end. */
export async function step(title, work) {
  const began = Date.now();
  const seconds = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;
  const isLive = process.stdout.isTTY === true;
  // Cut to the terminal's width: a line that wraps could not be written over.
  const show = () => process.stdout.write(`\r\x1b[K… ${title.slice(0, (process.stdout.columns || 80) - 14)}  ${seconds()}`);
  if (!isLive) console.log(`… ${title}`);
  const timer = isLive ? setInterval(show, 100) : undefined;
  let mark = '✗';
  try {
    await work();
    mark = '✓';
  } finally {
    clearInterval(timer);
    console.log(`${isLive ? '\r\x1b[K' : ''}${mark} ${title}  ${seconds()}`);
  }
}

/**
 * Does `work`. On SIGINT, SIGTERM and SIGHUP ends all children, says `farewell` and exits with 128 + the number of the signal.
 */
export async function endOnSignals(farewell, work) {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {}); // a closed terminal: EIO
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void interrupted(signal, farewell));
  try {
    await work();
  } catch (error) {
    if (stopping) return; // `interrupted` exits
    console.error(error instanceof SetupError ? error.message : error);
    process.exitCode = 1;
  }
}

async function interrupted(signal, farewell) {
  if (stopping) return;
  stopping = signal;
  await Promise.all([...running].map(endGroup));
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K'); // the line of a step
  console.error(`Stopped by ${signal}. ${farewell}`);
  process.exit(128 + constants.signals[signal]);
}

async function endGroup({ child, graceMs }) {
  if (child.pid === undefined) return;
  signalGroup(child.pid, 'SIGTERM');
  const until = Date.now() + graceMs;
  while (signalGroup(child.pid, 0)) {
    if (Date.now() > until) signalGroup(child.pid, 'SIGKILL');
    if (Date.now() > until + 1000) return; // what is still listed has ended, and nobody takes note of it
    await sleep(50);
  }
}

/** False when nobody is left in the group. */
function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
