// The programs that Drey starts or builds with: which are missing, and the packages of them.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError, run, step } from './children.mjs';

/** By full path, since PATH may leave out where it is. */
const aptGet = '/usr/bin/apt-get';

/** JAVA_HOME goes before PATH, as it does for Maven; mariadbd is where an ordinary user's PATH does not look. */
const javaFolders = process.env.JAVA_HOME ? [join(process.env.JAVA_HOME, 'bin')] : [];
const folders = [...javaFolders, ...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].filter((folder) => folder !== '');

/**
 * Makes sure that the programs are there: as root on Debian installs them, else says what to do. No service is started by
 * these packages. `toBuild`: a Flink is to be built, which takes a compiler and Maven besides.
 * @throws {SetupError} naming all that is missing, and the line to run.
 */
export async function ensurePrograms({ toBuild }) {
  if (missingPrograms(toBuild).length > 0 && existsSync(aptGet) && process.getuid() === 0) {
    const packages = packagesFor(missingPrograms(toBuild), 'apt');
    await step(`Debian packages: ${packages.join(' ')}`, () => aptInstall(packages));
  }
  const missing = missingPrograms(toBuild);
  if (missing.length > 0) throw new SetupError(whatToDo(missing));
}

const mariadb = { apt: ['mariadb-server-core', 'mariadb-client-core'], brew: ['mariadb'], dnf: ['mariadb-server'] };

function missingPrograms(toBuild) {
  const wanted = [
    // Debian's redis-tools has the server under the name of its checker: the name it is started by makes the difference.
    { names: ['redis-server', 'redis-check-rdb'], apt: ['redis-tools'], brew: ['redis'], dnf: ['redis'] },
    { names: ['mariadbd'], ...mariadb },
    { names: ['mariadb-install-db'], ...mariadb },
    { names: [toBuild ? 'javac' : 'java'], apt: ['default-jdk-headless'], brew: ['openjdk@17'], dnf: ['java-17-openjdk-devel'] },
    ...(toBuild ? [{ names: ['mvn'], apt: ['maven'], brew: ['maven'], dnf: ['maven'] }] : []),
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
  await apt('install', '-y', '--no-install-recommends', ...packages);
}

function whatToDo(missing) {
  const install = {
    apt: 'sudo apt-get update && sudo apt-get install -y --no-install-recommends',
    brew: 'brew install',
    dnf: 'sudo dnf install -y',
  };
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
