// The children of a script, and its end. Each child leads a process group of its own: a terminal's Ctrl-C reaches only the
// script, which then ends each child with all that the child has started.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { clearInterval, setInterval } from 'node:timers';

const running = new Set();
const cleanups = new Set();
let stopping;

/** A failure that is told to the user without a stack trace. */
export class SetupError extends Error {}

/**
 * Starts a program; resolves with its exit code, or with the name of the signal that ended it. When we are told to stop, it
 * is told by SIGTERM, and killed `graceMs` later.
 * @throws {SetupError} when it cannot be started, and when we are told to stop.
 */
export async function start(command, args, { graceMs = 1000, onOutput, ...options }) {
  if (stopping) throw new SetupError('told to stop');
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options, detached: true });
  const entry = { child, graceMs };
  running.add(entry);
  child.stdout?.on('data', onOutput);
  child.stderr?.on('data', onOutput);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', (cause) => reject(new SetupError(`Cannot run ${command}: ${cause.message}`)));
      child.once('close', (code, signal) => (stopping ? reject(new SetupError('told to stop')) : resolve(signal ?? code)));
    });
  } finally {
    // One that was told to stop leaves the list once its whole group is gone: see endGroup.
    if (!stopping) running.delete(entry);
  }
}

/**
 * Runs a program and returns what it printed (stdout and stderr together).
 * @throws {SetupError} when it cannot be started or ends with anything but 0; the message ends with its last lines.
 */
export async function run(command, args, options = {}) {
  let output = '';
  const end = await start(command, args, { ...options, onOutput: (chunk) => (output += chunk) });
  if (end === 0) return output;
  const last = output.trim().split('\n').slice(-15).join('\n');
  throw new SetupError(`${[command, ...args].join(' ')}\nended with ${end}:\n${last}`);
}

/** Registers what is to be undone when the set-up is interrupted; call the returned function once it is no longer due. */
export function onInterrupt(cleanup) {
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

/**
 * Does `work`. On SIGINT, SIGTERM, SIGHUP, and when npm is gone, ends all children, says `farewell` and exits with 128 +
 * the number of the signal.
 */
export async function endOnSignals(farewell, work) {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {}); // a closed terminal: EIO
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void interrupted(signal, farewell));
  // npm hands a SIGTERM to the shell between it and us, which dies of it without a word to us.
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && void interrupted('SIGTERM', farewell), 300);
  watch.unref();
  try {
    await work();
  } catch (error) {
    if (stopping) return; // `interrupted` exits
    console.error(error instanceof SetupError ? error.message : error);
    process.exitCode = 1;
  }
  clearInterval(watch);
  if (stopping) return;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal);
}

async function interrupted(signal, farewell) {
  if (stopping) return;
  stopping = signal;
  await Promise.all([...running].map(endGroup));
  for (const cleanup of cleanups) cleanup();
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
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
