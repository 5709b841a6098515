// The programs that Drey starts or builds with: which are missing, and how they come onto this machine.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { SetupError, run } from './children.mjs';
import { aptInstall, aptLine } from './apt.mjs';
import { step } from './progress.mjs';

/** Where a system keeps its programs, for hints and for the package manager itself, when PATH does not say it. */
const standardFolders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/opt/homebrew/bin'];
/** mariadbd is where an ordinary user's PATH does not look: /usr/sbin on Debian, /usr/libexec on Fedora. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec'];

const redis = { apt: ['redis-tools'], brew: 'redis', dnf: 'redis', other: 'Redis 7' };
const mariadb = { apt: ['mariadb-server-core', 'mariadb-client-core'], brew: 'mariadb', dnf: 'mariadb-server', other: 'MariaDB 10.11' };
const jdk = { apt: ['jdk'], brew: 'openjdk@17', dnf: 'java-21-openjdk-devel', other: 'a JDK 17' };
const maven = { apt: ['maven'], brew: 'maven', dnf: 'maven', other: 'Maven 3.8' };

/**
 * Makes sure that the programs are there: as root on Debian or Ubuntu installs them, else says what to do.
 * `toBuild`: a Flink is to be built, which takes a compiler and Maven besides.
 * @throws {SetupError} naming all that is missing, and the line to run.
 */
export async function ensurePrograms({ toBuild }) {
  let missing = await missingPrograms(toBuild);
  const apt = inStandardFolder('apt-get');
  if (missing.length > 0 && apt !== undefined && process.getuid?.() === 0) {
    // What is installed, but not on PATH, would not be found after an installation either.
    const install = missing.filter(({ found }) => found === undefined).flatMap(({ source }) => source.apt);
    if (install.length > 0) {
      await step(`Debian packages: ${aptLine(apt, install).packages.join(' ')}`, () => aptInstall(apt, install));
      missing = await missingPrograms(toBuild);
    }
  }
  if (missing.length > 0) throw new SetupError(whatToDo(missing, apt));
}

async function missingPrograms(toBuild) {
  const missing = [];
  const need = (name, source, folders = [], alias = name) => {
    const path = onPath(name, folders);
    if (path === undefined) missing.push({ name, source, found: inStandardFolder(name) ?? inStandardFolder(alias) });
    return path;
  };
  // Debian's redis-tools has the server under the name of its checker: the name it is started by makes the difference.
  if (onPath('redis-check-rdb') === undefined) need('redis-server', redis, [], 'redis-check-rdb');
  need('mariadbd', mariadb, serverFolders);
  need('mariadb-install-db', mariadb);
  if (!toBuild) {
    need('java', jdk, javaHome());
    return missing;
  }
  const javac = need('javac', jdk, javaHome());
  const java = javac === undefined ? undefined : javaVersion(javac);
  if (java !== undefined && java < 17) missing.push({ name: `javac 17 or later (${javac} is ${java})`, source: jdk });
  const mvn = need('mvn', maven);
  if (mvn !== undefined && java !== undefined) {
    const version = /Apache Maven (\d+)\.(\d+)\S*/.exec(await run(mvn, ['-v']));
    if (version === null || Number(version[1]) < 3 || (version[1] === '3' && Number(version[2]) < 8)) {
      missing.push({ name: `mvn 3.8 or later (${mvn} is ${version?.[0] ?? 'something else'})`, source: maven });
    }
  }
  return missing;
}

/** JAVA_HOME goes before PATH, as it does for Maven. */
function javaHome() {
  return process.env.JAVA_HOME ? [join(process.env.JAVA_HOME, 'bin')] : [];
}

/** The major version, read from the JDK's `release` file: quicker than to start a JVM. */
function javaVersion(javac) {
  const release = join(dirname(dirname(realpathSync(javac))), 'release');
  const version = existsSync(release) ? /^JAVA_VERSION="(?:1\.)?(\d+)/m.exec(readFileSync(release, 'utf8')) : null;
  return version === null ? undefined : Number(version[1]);
}

function onPath(name, folders = []) {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...(name.startsWith('java') ? [...folders, ...path] : [...path, ...folders])]
    .map((folder) => join(folder, name))
    .find(existsSync);
}

function inStandardFolder(name) {
  return standardFolders.map((folder) => join(folder, name)).find(existsSync);
}

function whatToDo(missing, apt) {
  const hidden = missing.filter(({ found }) => found !== undefined);
  const folders = [...new Set(hidden.map(({ found }) => dirname(found)))];
  const lines = [`Missing: ${missing.map(({ name }) => name).join(', ')}.`];
  if (hidden.length > 0) {
    lines.push('', `Installed, but not on PATH: ${hidden.map(({ found }) => found).join(', ')}. To have them on it:`);
    lines.push('', `  export PATH="$PATH:${folders.join(':')}"`);
  }
  lines.push('', 'To install them, run:', '', ...remedy(missing, apt).map((line) => `  ${line}`));
  lines.push('', 'Then try again.');
  return lines.join('\n');
}

function remedy(missing, apt) {
  const all = (manager) => [...new Set(missing.map(({ source }) => source[manager]))];
  if (apt !== undefined)
    return [
      aptLine(
        apt,
        missing.flatMap(({ source }) => source.apt),
      ).line,
    ];
  if (process.platform === 'darwin') {
    const line = `brew install ${all('brew').join(' ')}`;
    const home = 'export JAVA_HOME="$(brew --prefix openjdk@17)/libexec/openjdk.jdk/Contents/Home"';
    return all('brew').includes('openjdk@17') ? [line, home] : [line];
  }
  if (inStandardFolder('dnf') !== undefined) return [`sudo dnf install -y ${all('dnf').join(' ')}`];
  return [`your system's way to install ${all('other').join(', ')} (each of that version or later)`];
}
