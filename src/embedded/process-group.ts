import { spawnSync } from 'node:child_process';
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
  const states = process.platform === 'linux' ? statesFromProc() : statesFromPs();
  return states.some(({ group, state }) => group === leader && !state.startsWith('Z'));
}

function statesFromProc(): { group: number; state: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      // `7 (a name) S 1 7 …`: state, parent and group; the name may hold anything.
      const [state = 'Z', , group] = stat(pid)
        .replace(/^.*\) /s, '')
        .split(' ');
      return { group: Number(group), state };
    });
}

function stat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return ''; // gone
  }
}

function statesFromPs(): { group: number; state: string }[] {
  const lines = spawnSync('ps', ['-A', '-o', 'pgid=,stat='], { encoding: 'utf8' }).stdout.trim().split('\n');
  return lines.map((line) => {
    const [group, state = 'Z'] = line.trim().split(/\s+/);
    return { group: Number(group), state };
  });
}
