import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder that `scripts/setup.mjs` builds a Flink version into. That script is plain JavaScript, because it runs before
 * there is a way to run TypeScript, so the rule stands there again (scripts/flink-build.mjs); a test holds the two equal.
 */
export function flinkHome(version: string): string {
  const configured = process.env['XDG_CACHE_HOME'] ?? '';
  const cache = configured === '' ? join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache') : configured;
  return join(cache, 'drey', `flink-${version}`);
}

/** The jar with flinkkit.CountingJob, which counts, and fails, ends or dawdles on demand. */
export function testJobsJar(home: string): string {
  return join(home, 'jobs', 'flink-test-jobs.jar');
}

/** @throws Error saying what to run when there is no Flink in `home`. */
export function requireFlink(home: string): void {
  if (!existsSync(join(home, '.stamp'))) throw new Error(`there is no Flink in ${home}: run \`node scripts/setup.mjs --tests\``);
}
