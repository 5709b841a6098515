import { readFileSync } from 'node:fs';
import type { Ports } from './cli/daemon.ts';
import { runProgram } from './cli/program.ts';
import { processShell } from './cli/shell.ts';
import { isDreyError } from './domain/errors.ts';

// Most commands only ask the API: what the daemon is made of is loaded by those that need it, so that the others start quickly.

// A closed terminal makes every write fail; there is nobody left to tell.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const { version } = JSON.parse(readFileSync(new URL(import.meta.resolve('#root/package.json')), 'utf8')) as { version: string };

interface ConfigOption {
  readonly config?: string;
}

/** The settings in effect: of the given file, or else of that which the environment names. */
async function loadSettings({ config = process.env['DREY_CONFIG'] }: ConfigOption) {
  const { load } = await import('../config/load.ts');
  return load({ env: process.env, cwd: process.cwd(), ...(config === undefined ? {} : { configFile: config }) });
}

/** Runs the daemon until a signal ends it. */
async function serve(options: ConfigOption): Promise<number> {
  const [{ default: closeWithGrace }, { pino, stdSerializers }, { startApp }, { canonicalHash }] = await Promise.all([
    import('close-with-grace'),
    import('pino'),
    import('./app.ts'),
    import('./engine/hash.ts'),
  ]);
  const { settings, warnings, effective } = await loadSettings(options);
  const log = pino({ level: settings.log.level, base: null, serializers: { error: stdSerializers.err } });
  for (const warning of warnings) log.warn({}, warning);
  log.info({ version, settings: effective }, 'starting');
  const app = await startApp(settings, { version, configHash: canonicalHash(effective).slice(0, 12) }, log);
  log.info({ api: app.apiUrl, management: app.managementUrl }, 'ready');
  // The workers have their deadline; closing the rest is quick, and ten seconds more are a sign that something hangs.
  closeWithGrace({ delay: settings.shutdown.deadlineMs + 10_000, logger: false }, async ({ signal, err }) => {
    if (err === undefined) log.info({ signal }, 'stopping');
    else log.error({ error: err }, 'stopping after an error that nobody handled');
    await app.stop();
    log.info({}, 'stopped');
  });
  return 0;
}

/** Tells of each migration whether it is applied, or applies those that are pending and tells which. */
async function migrate(verb: 'status' | 'up', options: ConfigOption): Promise<number> {
  const [{ migrationStatus, prepareDatabase }, { settings }] = await Promise.all([import('./store/prepare.ts'), loadSettings(options)]);
  const say = (name: string, what: string): unknown => process.stdout.write(`${name.padEnd(32)} ${what}\n`);
  if (verb === 'up') {
    const applied = await prepareDatabase(settings.mysql);
    for (const name of applied) say(name, 'applied now');
    if (applied.length === 0) process.stderr.write('Nothing was pending.\n');
    return 0;
  }
  const migrations = await migrationStatus(settings.mysql);
  for (const { name, isApplied } of migrations) say(name, isApplied ? 'applied' : 'pending');
  return migrations.every(({ isApplied }) => isApplied) ? 0 : 1;
}

/** This program again, however it was started: from source, through `bin/drey.js`, or from dist. */
const serveCommand = [process.execPath, ...process.execArgv, process.argv[1] ?? '', 'serve'];

async function up(ports: Ports): Promise<number> {
  const [embedded, { settings }] = await Promise.all([import('./embedded/up.ts'), loadSettings({})]);
  return embedded.up({ serveCommand, ...ports, token: settings.auth.enabled ? settings.auth.bootstrapToken : undefined });
}

try {
  process.exitCode = await runProgram(process.argv.slice(2), version, { serve, up, migrate }, processShell());
} catch (error) {
  process.stderr.write(
    `drey: ${isDreyError(error) ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
}
