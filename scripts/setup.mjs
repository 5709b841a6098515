// Sets up what is missing on this machine; does nothing, quickly and without network, when nothing is.
//
//   node scripts/setup.mjs              all that `npm start` needs: programs, Node packages, Flink with the test jobs
//   node scripts/setup.mjs --tests      the same, promtool, and the second Flink that the tests run against
//   node scripts/setup.mjs --packages   Node packages only
//
// It runs before node_modules exists: plain JavaScript on Node's own modules. The parts are imported after the check
// of Node's version, since an old Node could not even parse them.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Drey needs Node 20.19 or later; this is ${process.versions.node} (${process.execPath}).`);
  process.exit(1);
}

const flags = process.argv.slice(2);
const unknown = flags.filter((flag) => !['--packages', '--tests'].includes(flag));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(' ')}. Usage: node scripts/setup.mjs [--packages | --tests]`);
  process.exit(2);
}

const { endOnSignals } = await import('./children.mjs');
const { ensurePackages } = await import('./packages.mjs');
const { ensurePrograms } = await import('./programs.mjs');
const { ensureFlink, isBuilt } = await import('./flink-build.mjs');

await endOnSignals('The set-up goes on from here the next time.', async () => {
  if (flags.includes('--packages')) return ensurePackages();
  const versions = flags.includes('--tests') ? ['2.3.0', '1.20.0'] : ['2.3.0'];
  await ensurePrograms({ toBuild: !versions.every(isBuilt), toTest: flags.includes('--tests') });
  await ensurePackages();
  for (const version of versions) await ensureFlink(version);
});
