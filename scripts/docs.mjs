// Writes docs/configuration.md from the schema of the settings: `npm run docs`.
import { readFileSync, writeFileSync } from 'node:fs';
import { configurationPage } from '../config/page.ts';

const at = (path) => new URL(`../${path}`, import.meta.url);
writeFileSync(at('docs/configuration.md'), configurationPage(readFileSync(at('config/default.yaml'), 'utf8')));
