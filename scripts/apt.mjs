// Debian's and Ubuntu's packages.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './children.mjs';

/** The first of these that the system's release has stands for the word `jdk`. */
const jdks = ['openjdk-17-jdk-headless', 'default-jdk-headless'];

/** The packages to install, each once, and the line an ordinary user runs for them. */
export function aptLine(apt, wanted) {
  const packages = [...new Set(wanted.map((name) => (name === 'jdk' ? jdkPackage(apt) : name)))];
  const update = haveLists() ? '' : 'sudo apt-get update && ';
  return { packages, line: `${update}sudo apt-get install -y --no-install-recommends ${packages.join(' ')}` };
}

/** Installs as root. Fetches the lists of packages only if it does not go without. No service is started by these packages. */
export async function aptInstall(apt, wanted) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin` };
  const options = { env, graceMs: 15_000 }; // dpkg that is killed leaves a package half way
  // Use-Pty=0: else dpkg leads a session of its own, and an interrupted set-up could not end it.
  const flags = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Dpkg::Use-Pty=0'];
  const install = () => run(apt, [...flags, 'install', '-y', '--no-install-recommends', ...aptLine(apt, wanted).packages], options);
  if (haveLists()) {
    try {
      await install();
      return;
    } catch {
      // Lists that are too old name files that are gone. An interrupted set-up may also have left dpkg half way.
      await run(join(dirname(apt), 'dpkg'), ['--configure', '-a'], options);
    }
  }
  await run(apt, [...flags, 'update'], options);
  await install();
}

function haveLists() {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'));
  } catch {
    return false;
  }
}

function jdkPackage(apt) {
  const known = (name) => spawnSync(join(dirname(apt), 'apt-cache'), ['show', name], { stdio: 'ignore' }).status === 0;
  return jdks.find(known) ?? jdks[0];
}
