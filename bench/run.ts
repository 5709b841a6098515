import { fleet } from './fleet.ts';

/** The benchmarks by name. Each is handed the rest of the command line and resolves with the exit code. */
const BENCHMARKS: ReadonlyMap<string, (args: string[]) => Promise<number>> = new Map([['fleet', fleet]]);

const [name = '', ...args] = process.argv.slice(2);
const benchmark = BENCHMARKS.get(name);
if (benchmark === undefined) {
  process.stderr.write(`which benchmark? npm run bench -- ${[...BENCHMARKS.keys()].join(' | ')} [options]; see bench/README.md\n`);
  process.exitCode = 2;
} else {
  process.exitCode = await benchmark(args);
}
