// A file that names the one process which may set something up just now.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onInterrupt } from './children.mjs';

const patienceMs = 15 * 60_000;

/** Does `work` while no other living process holds `file`; waits for that one, at most 15 minutes. */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  const giveUpAt = Date.now() + patienceMs;
  for (let told = false; !(await taken(file)); told = true) {
    if (!told) console.log(`Waiting for another set-up, process ${holder(file) ?? '?'} (${file}).`);
    if (Date.now() > giveUpAt) rmSync(file, { force: true });
    await sleep(200);
  }
  const release = () => rmSync(file, { force: true });
  const released = onInterrupt(release);
  try {
    return await work();
  } finally {
    released();
    release();
  }
}

async function taken(file) {
  const before = holder(file);
  if (before !== undefined && isAlive(before)) return before === process.pid;
  if (before !== undefined) rmSync(file, { force: true });
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  await sleep(20); // two may have removed the same dead file: the later one's stands
  return holder(file) === process.pid;
}

function holder(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** Whether a process with this id lives (whoever owns it). */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
