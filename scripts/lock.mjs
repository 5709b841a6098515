// One set-up at a time.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Does `work` while no other process does work on `folder`. The lock is a socket in Linux's abstract namespace: the kernel
 * gives it to one process, and takes it back when that one ends, however it ends. Other systems have none: there two set-ups at once
 * do the work twice.
 */
export async function withLock(folder, work) {
  if (process.platform !== 'linux') return work();
  const name = `\0drey-${createHash('sha256').update(folder).digest('hex')}`;
  let lock = await take(name);
  if (lock === undefined) console.log(`Waiting for another set-up of ${folder}.`);
  for (; lock === undefined; lock = await take(name)) await sleep(200);
  try {
    return await work();
  } finally {
    lock.close();
  }
}

async function take(name) {
  const lock = createServer().listen(name);
  try {
    await once(lock, 'listening');
    return lock;
  } catch (error) {
    if (error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
}
