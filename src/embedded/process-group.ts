import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a process may take to end after SIGKILL. */
const killMs = 2000;

/** Sends a signal to a process that leads a group, and to all of that group; nothing when nobody is left in it. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // ESRCH: all have ended meanwhile
  }
}

/** SIGTERM to a group, and SIGKILL after the grace. Resolves when nobody in it runs any more. */
export async function endGroup(leader: number, graceMs: number): Promise<void> {
  signalGroup(leader, 'SIGTERM');
  signalGroup(leader, 'SIGCONT'); // one that was stopped would not see the SIGTERM
  if (!(await hasEnded(leader, graceMs))) await killGroup(leader);
}

/** SIGKILL to a group. Resolves when nobody in it runs any more. */
export async function killGroup(leader: number): Promise<void> {
  signalGroup(leader, 'SIGKILL');
  await hasEnded(leader, killMs);
}

async function hasEnded(leader: number, withinMs: number): Promise<boolean> {
  const until = Date.now() + withinMs;
  while (isRunning(leader)) {
    if (Date.now() > until) return false;
    await sleep(20);
  }
  return true;
}

/** Zombies do not count: where no parent takes note of their end, as in many a container, they stay listed for ever. */
function isRunning(leader: number): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      // `7 (a name) S 1 7 …`: state, parent and group; the name may hold anything.
      const [state, , group] = stat(pid)
        .replace(/^.*\) /s, '')
        .split(' ');
      return Number(group) === leader && state !== 'Z';
    });
}

function stat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return ''; // gone
  }
}
