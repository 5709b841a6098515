// Runs every test, tier by tier. The last line is `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endOnSignals, start } from './children.mjs';

/** The longest a single test of the tier may take. */
const timeoutMs = { unit: 5_000, simulation: 150_000, integration: 60_000, e2e: 240_000 };

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'drey-test-stats-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

await endOnSignals('Not all tests were run.', async () => {
  const results = [];
  for (const tier of Object.keys(timeoutMs)) results.push(await runTier(tier));
  report(results);
});

async function runTier(tier) {
  const began = Date.now();
  const file = join(folder, `${tier}.json`);
  console.log(`\n${tier}\n${'-'.repeat(tier.length)}`);
  const args = ['--spec', `test/${tier}/**/*.test.ts`, '--timeout', String(timeoutMs[tier]), '--reporter', './scripts/stats-reporter.mjs'];
  const end = await start(process.execPath, ['node_modules/mocha/bin/mocha.js', ...args], {
    cwd: root,
    env: { ...process.env, DREY_TEST_STATS: file },
    stdio: ['ignore', 'inherit', 'inherit'],
    graceMs: 3_000, // for the servers that the tests have started: test/support/servers.ts ends them
  });
  return { tier, seconds: (Date.now() - began) / 1000, ...judge(counts(file), end) };
}

/** Undefined when the runner has died before its end. */
function counts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function judge(stats, end) {
  if (stats === undefined) return { passed: 0, failed: 1, remark: `ended with ${end} before the tests were through` };
  const { passes: passed, failures: failed, pending } = stats;
  if (passed + failed === 0) return { passed, failed: 1, remark: 'there are no tests' };
  // An error after the last test, such as a rejection that nobody handles, is a failure too.
  if (end !== 0 && failed === 0) return { passed, failed: 1, remark: `ended with ${end} though no test failed` };
  return { passed, failed, remark: pending > 0 ? `${pending} skipped` : '' };
}

function report(results) {
  console.log(`\n${'tier'.padEnd(12)} ${'passed'.padStart(7)} ${'failed'.padStart(7)} ${'seconds'.padStart(8)}`);
  for (const { tier, passed, failed, seconds, remark } of results) {
    const row = `${tier.padEnd(12)} ${String(passed).padStart(7)} ${String(failed).padStart(7)} ${seconds.toFixed(1).padStart(8)}  ${remark}`;
    console.log(row.trimEnd());
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  if (sum('failed') > 0) process.exitCode = 1;
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
}
