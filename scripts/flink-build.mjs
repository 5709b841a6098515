// Flink distributions out of Maven artifacts, kept in the user's cache folder, one folder a version.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onInterrupt, run } from './children.mjs';
import { isAlive, withLock } from './lock.mjs';
import { step } from './progress.mjs';

const kit = fileURLToPath(new URL('../flink-kit', import.meta.url));

/** The folder of a Flink version. src/embedded/flink-home.ts follows the same rule, and a test holds the two equal. */
export function flinkHome(version) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache');
  return join(cache, 'drey', `flink-${version}`);
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
  await withLock(`${home}.lock`, async () => {
    if (isBuilt(version)) return; // the one we waited for has built it
    await step(`Flink ${version} and the test jobs, into ${home}`, () => build(version, home));
  });
}

/** Builds in a folder beside `home` and renames it at the end: what bears the name is whole. */
async function build(version, home) {
  removeAbandoned(home);
  const temporary = `${home}.${process.pid}.tmp`;
  const cleanUp = () => rmSync(temporary, { recursive: true, force: true });
  const done = onInterrupt(cleanUp);
  try {
    for (const folder of ['conf', 'jobs', 'lib', 'log', 'opt', 'plugins']) mkdirSync(join(temporary, folder), { recursive: true });
    const args = ['-B', '-q', '-f', join(kit, 'pom.xml'), `-Dflink.version=${version}`, `-Ddist.dir=${temporary}`, 'package'];
    await run('mvn', ['-o', ...args]).catch(() => run('mvn', args));
    cpSync(join(kit, 'conf'), join(temporary, 'conf'), { recursive: true });
    renameSync(join(temporary, 'build/flink-test-jobs/flink-test-jobs.jar'), join(temporary, 'jobs/flink-test-jobs.jar'));
    rmSync(join(temporary, 'build'), { recursive: true });
    writeFileSync(join(temporary, '.stamp'), stamp(version));
    swap(version, temporary, home);
  } finally {
    done();
    cleanUp();
  }
}

function swap(version, temporary, home) {
  const old = `${home}.${process.pid}.old`;
  if (existsSync(home)) renameSync(home, old);
  try {
    renameSync(temporary, home);
  } catch (error) {
    if (!isBuilt(version)) throw error; // else another set-up was quicker, and its folder is as good
  }
  rmSync(old, { recursive: true, force: true });
}

/** Removes what a killed set-up has left: folders named after a process that is no more. */
function removeAbandoned(home) {
  const parent = join(home, '..');
  for (const name of readdirSync(parent)) {
    const pid = /^flink-[\d.]+\.(\d+)\.(tmp|old)$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true });
  }
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
