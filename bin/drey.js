#!/usr/bin/env node
// `drey`, from a build if there is one, else straight from the sources.
import { existsSync } from 'node:fs';

const built = new URL('../dist/src/main.js', import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else if (existsSync(new URL('../node_modules/tsx', import.meta.url))) {
  const { register } = await import('tsx/esm/api');
  register();
  await import('../src/main.ts');
} else {
  console.error('drey: its packages are not installed yet; run `npm ci --ignore-scripts`, or `npm start`, in the folder of Drey first');
  process.exitCode = 1;
}
