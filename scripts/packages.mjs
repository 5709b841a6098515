// Node packages, as package-lock.json wants them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { basename, join } from 'node:path';
import { run } from './children.mjs';
import { withLock } from './lock.mjs';
import { step } from './progress.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Installs node_modules unless it holds exactly what package-lock.json names. No package's own scripts are run. */
export async function ensurePackages() {
  if (areCurrent()) return;
  await withLock(join(root, '.drey', 'setup.lock'), async () => {
    if (areCurrent()) return;
    // dev: tsx is one of them, and NODE_ENV=production would leave it out.
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev', '--loglevel=error'];
    const npm = process.env.npm_execpath;
    await step('Node packages', () =>
      npm !== undefined && basename(npm) === 'npm-cli.js'
        ? run(process.execPath, [npm, ...args], { cwd: root })
        : run('npm', args, { cwd: root }),
    );
  });
}

/** npm keeps in node_modules a lock of what is there, written last: absent or different means install. */
function areCurrent() {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const there = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || there === undefined) return false;
  const same = Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true; // the project itself
    const found = there[path];
    // Optional ones are left out where they are made for another system.
    return found === undefined ? optional === true : found.version === version && found.integrity === integrity;
  });
  return same && Object.keys(there).every((path) => path in wanted);
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
