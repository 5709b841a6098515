// Node packages, as package-lock.json wants them.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { run, step } from './children.mjs';
import { withLock } from './lock.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Installs node_modules unless it holds exactly what package-lock.json names. No package's own scripts are run. */
export async function ensurePackages() {
  if (areCurrent()) return;
  await withLock(root, async () => {
    if (areCurrent()) return; // the one we waited for has installed them
    // dev: tsx is one of them, and NODE_ENV=production would leave it out.
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev', '--loglevel=error'];
    await step('Node packages', () => run('npm', args, { cwd: root }));
  });
}

/** npm keeps in node_modules a lock of what is there, written last: absent or different means install. */
function areCurrent() {
  const file = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(file)) return false;
  const there = packagesOf(file);
  const wanted = packagesOf(join(root, 'package-lock.json'));
  delete wanted['']; // the project itself
  const same = Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const found = there[path];
    // Optional ones are left out where they are made for another system.
    return found === undefined ? optional === true : found.version === version && found.integrity === integrity;
  });
  return same && Object.keys(there).every((path) => path in wanted);
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}
