import { readFileSync } from 'node:fs';
import closeWithGrace from 'close-with-grace';
import { pino, stdSerializers } from 'pino';
import { load } from '../config/load.ts';
import { startApp } from './app.ts';
import { buildProgram } from './cli/program.ts';
import { isDreyError } from './domain/errors.ts';
import { up } from './embedded/up.ts';

// A closed terminal makes every write fail; there is nobody left to tell.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const { version } = JSON.parse(readFileSync(new URL(import.meta.resolve('#root/package.json')), 'utf8')) as { version: string };

/** Runs the daemon until a signal ends it. */
async function serve({ config }: { config?: string }): Promise<number> {
  const { settings, warnings, effective } = load({
    env: process.env,
    cwd: process.cwd(),
    ...((config ?? process.env['DREY_CONFIG']) === undefined ? {} : { configFile: config ?? process.env['DREY_CONFIG'] ?? '' }),
  });
  const log = pino({ level: settings.log.level, base: null, serializers: { error: stdSerializers.err } });
  for (const warning of warnings) log.warn({}, warning);
  log.info({ version, settings: effective }, 'starting');
  const app = await startApp(settings, version, log);
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

/** This program again, however it was started: from source, through `bin/drey.js`, or from dist. */
const serveCommand = [process.execPath, ...process.execArgv, process.argv[1] ?? '', 'serve'];

try {
  await buildProgram(version, { serve, up: (ports) => up({ serveCommand, ...ports }) }).parseAsync();
} catch (error) {
  process.stderr.write(
    `drey: ${isDreyError(error) ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
}
