// Runs every test, tier by tier. The last line is `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OVER_LIMIT, endOnSignals, start } from './children.mjs';

/** The longest that a single test of a tier may take, and the whole tier: the first ends no loop, and no handle left open. */
const tiers = {
  unit: { testMs: 5_000, limitMinutes: 5 },
  simulation: { testMs: 150_000, limitMinutes: 10 },
  integration: { testMs: 60_000, limitMinutes: 10 },
  e2e: { testMs: 240_000, limitMinutes: 20 },
};

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'drey-test-stats-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

await endOnSignals('Not all tests were run.', async () => {
  const results = [];
  for (const tier of Object.keys(tiers)) results.push(await runTier(tier));
  report(results);
});

async function runTier(tier) {
  const { testMs, limitMinutes } = tiers[tier];
  const began = Date.now();
  const file = join(folder, `${tier}.json`);
  console.log(`\n${tier}\n${'-'.repeat(tier.length)}`);
  const args = ['--spec', `test/${tier}/**/*.test.ts`, '--timeout', String(testMs), '--reporter', './scripts/stats-reporter.mjs'];
  const end = await start(process.execPath, ['node_modules/mocha/bin/mocha.js', ...args], {
    cwd: root,
    env: { ...process.env, DREY_TEST_STATS: file },
    stdio: ['ignore', 'inherit', 'inherit'],
    limitMs: limitMinutes * 60_000,
    graceMs: 3_000, // for the servers that the tests have started: test/support/servers.ts ends them
  });
  const seconds = (Date.now() - began) / 1000;
  const counted = end === OVER_LIMIT ? overLimit(counts(file), limitMinutes) : judge(counts(file), end);
  return { tier, seconds, ...counted };
}

/** Undefined when the runner has not come to its end. */
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

/** That the tier did not end is a failure of its own; the runner may have come to its end, and something kept its process. */
function overLimit(stats, limitMinutes) {
  const { passes, failures } = stats ?? { passes: 0, failures: 0 };
  return { passed: passes, failed: failures + 1, remark: `did not end within its limit of ${limitMinutes} min` };
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
