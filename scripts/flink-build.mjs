// Flink distributions out of Maven artifacts, kept in the user's cache folder, one folder a version.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, step } from './children.mjs';
import { withLock } from './lock.mjs';

const kit = fileURLToPath(new URL('../flink-kit', import.meta.url));

/** The folder of a Flink version. src/embedded/flink.ts follows the same rule, and a test holds the two equal. */
export function flinkHome(version) {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'drey', `flink-${version}`);
}

/** Whether the version is there, whole, and built from the kit as it is now. */
export function isBuilt(version) {
  try {
    return readFileSync(join(flinkHome(version), '.stamp'), 'utf8') === stamp(version);
  } catch {
    return false;
  }
}

/** Builds the version unless it is there; from Maven's local repository if that has all of it, else from the network. */
export async function ensureFlink(version) {
  if (isBuilt(version)) return;
  const home = flinkHome(version);
  await withLock(home, async () => {
    if (isBuilt(version)) return; // the one we waited for has built it
    await step(`Flink ${version} and the test jobs, into ${home}`, () => build(version, home));
  });
}

/** Builds in a folder beside `home` and renames it at the end: what bears the name is whole. */
async function build(version, home) {
  const fresh = `${home}.new`;
  rmSync(fresh, { recursive: true, force: true });
  for (const folder of ['jobs', 'lib', 'log', 'opt', 'plugins']) mkdirSync(join(fresh, folder), { recursive: true });
  const args = ['-B', '-q', '-f', join(kit, 'pom.xml'), `-Dflink.version=${version}`, `-Ddist.dir=${fresh}`, 'package'];
  await run('mvn', ['-o', ...args]).catch(() => run('mvn', args));
  cpSync(join(kit, 'conf'), join(fresh, 'conf'), { recursive: true });
  renameSync(join(fresh, 'build/flink-test-jobs/flink-test-jobs.jar'), join(fresh, 'jobs/flink-test-jobs.jar'));
  rmSync(join(fresh, 'build'), { recursive: true });
  writeFileSync(join(fresh, '.stamp'), stamp(version));
  rmSync(home, { recursive: true, force: true });
  renameSync(fresh, home);
}

let kitHash;

function stamp(version) {
  kitHash ??= filesOf('.')
    .sort()
    .reduce((hash, file) => hash.update(`${file}\n`).update(readFileSync(join(kit, file))), createHash('sha256'))
    .digest('hex');
  return `${version} ${kitHash}\n`;
}

function filesOf(folder) {
  return readdirSync(join(kit, folder)).flatMap((name) => {
    const path = join(folder, name);
    return statSync(join(kit, path)).isDirectory() ? filesOf(path) : [path];
  });
}
