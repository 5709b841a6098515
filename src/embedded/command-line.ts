import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * The command line of a living process, its words joined by blanks; undefined when there is no such process, or only
 * what is left of it. A pid that is the same together with the same command line is the same process: the numbers are
 * given out again, but hardly ever to the same words.
 */
export function commandLineOf(pid: number): string | undefined {
  const line = process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  return line === '' ? undefined : line;
}

function fromProc(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return ''; // gone
  }
}

function fromPs(pid: number): string {
  return spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
}
