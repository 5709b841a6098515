import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Usage {
  /** User and system time since the process began. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** What a process has used so far. @throws Error when it is gone. */
export function usageOf(pid: number): Usage {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

const PROC = process.platform === 'linux' ? { ticks: systemValue('CLK_TCK', 100), pageBytes: systemValue('PAGESIZE', 4096) } : undefined;

function fromProc(pid: number): Usage {
  // `7 (a name) S …`: the name may hold anything. From the state on: utime and stime are fields 11 and 12, rss (in pages) is 21.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  const { ticks = 100, pageBytes = 4096 } = PROC ?? {};
  return { cpuMs: (((fields[11] ?? 0) + (fields[12] ?? 0)) * 1000) / ticks, rssBytes: (fields[21] ?? 0) * pageBytes };
}

/** `1-02:03:04`, `02:03:04` or `3:04.56`, and kilobytes. */
function fromPs(pid: number): Usage {
  const [time = '', kilobytes = ''] = execFileSync('ps', ['-o', 'time=,rss=', '-p', String(pid)], { encoding: 'utf8' })
    .trim()
    .split(/\s+/);
  const [clock = '', days = '0'] = time.split('-').reverse();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return { cpuMs: (Number(days) * 86_400 + seconds) * 1000, rssBytes: Number(kilobytes) * 1024 };
}

function systemValue(name: string, otherwise: number): number {
  return Number(spawnSync('getconf', [name], { encoding: 'utf8' }).stdout) || otherwise;
}
