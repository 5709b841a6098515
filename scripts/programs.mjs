// The programs that Drey starts or builds with: which are missing, and the packages of them.
import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError, run, step } from './children.mjs';

/** By full path, since PATH may leave out where it is. */
const aptGet = '/usr/bin/apt-get';

/** JAVA_HOME goes before PATH, as it does for Maven; mariadbd is where an ordinary user's PATH does not look. */
const javaFolders = process.env.JAVA_HOME ? [join(process.env.JAVA_HOME, 'bin')] : [];
const folders = [...javaFolders, ...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].filter((folder) => folder !== '');

/**
 * Makes sure that the programs are there: as root on Debian installs them, else says what to do. No service is started by
 * these packages. `toBuild`: a Flink is to be built, which takes a compiler and Maven besides. `toTest`: the tests are to run, which have
 * promtool judge the metrics.
 * @throws {SetupError} naming all that is missing, and the line to run.
 */
export async function ensurePrograms(purpose) {
  if (missingPrograms(purpose).length > 0 && existsSync(aptGet) && process.getuid() === 0) {
    const packages = packagesFor(missingPrograms(purpose), 'apt');
    await step(`Debian packages: ${packages.join(' ')}`, () => aptInstall(packages));
  }
  const missing = missingPrograms(purpose);
  if (missing.length > 0) throw new SetupError(whatToDo(missing));
}

const mariadb = { apt: ['mariadb-server-core', 'mariadb-client-core'], brew: ['mariadb'], dnf: ['mariadb-server'] };

function missingPrograms({ toBuild, toTest }) {
  const wanted = [
    // Debian's redis-tools has the server under the name of its checker: the name it is started by makes the difference.
    { names: ['redis-server', 'redis-check-rdb'], apt: ['redis-tools'], brew: ['redis'], dnf: ['redis'] },
    { names: ['mariadbd'], ...mariadb },
    { names: ['mariadb-install-db'], ...mariadb },
    { names: [toBuild ? 'javac' : 'java'], apt: ['default-jdk-headless'], brew: ['openjdk@17'], dnf: ['java-17-openjdk-devel'] },
    ...(toBuild ? [{ names: ['mvn'], apt: ['maven'], brew: ['maven'], dnf: ['maven'] }] : []),
    ...(toTest ? [{ names: ['promtool'], apt: ['prometheus'], brew: ['prometheus'], dnf: ['golang-github-prometheus'] }] : []),
  ];
  return wanted.filter(({ names }) => !names.some((name) => folders.some((folder) => existsSync(join(folder, name)))));
}

function packagesFor(missing, manager) {
  return [...new Set(missing.flatMap((program) => program[manager]))];
}

async function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin` };
  const options = { env, graceMs: 15_000 }; // dpkg that is killed leaves a package half way
  // Use-Pty=0: else dpkg leads a session of its own, and an interrupted set-up could not end it.
  const apt = (...args) => run(aptGet, ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Dpkg::Use-Pty=0', ...args], options);
  await run('/usr/bin/dpkg', ['--configure', '-a'], options); // an interrupted set-up may have left a package half way
  await apt('update');
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  await (packages.includes('prometheus') ? withoutService(install) : install());
}

/** Debian has promtool in the package of the server, whose service would start at once and at each boot. */
const prometheusService = '/etc/systemd/system/prometheus.service';

/** Masked it starts at no boot; and while this file is there no package's service is started. */
async function withoutService(install) {
  const policy = '/usr/sbin/policy-rc.d';
  const isOurs = !existsSync(policy);
  if (existsSync('/etc/systemd/system') && !existsSync(prometheusService)) symlinkSync('/dev/null', prometheusService);
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await install();
  } finally {
    if (isOurs) rmSync(policy, { force: true });
  }
}

function whatToDo(missing) {
  const install = {
    apt: 'sudo apt-get update && sudo apt-get install -y --no-install-recommends',
    brew: 'brew install',
    dnf: 'sudo dnf install -y',
  };
  if (missing.some(({ apt }) => apt.includes('prometheus'))) install.apt = `sudo ln -sf /dev/null ${prometheusService} && ${install.apt}`;
  const manager = process.platform === 'darwin' ? 'brew' : existsSync(aptGet) ? 'apt' : existsSync('/usr/bin/dnf') ? 'dnf' : undefined;
  return [
    `Not installed, or not on PATH: ${missing.map(({ names }) => names[0]).join(', ')}.`,
    ...(manager === undefined
      ? ['Install them by the means of your system, or put them on PATH.']
      : ['To install them, run:', '', `  ${install[manager]} ${packagesFor(missing, manager).join(' ')}`]),
    '',
    'Then try again.',
  ].join('\n');
}
