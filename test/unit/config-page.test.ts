import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { configurationPage } from '../../config/page.ts';

describe('docs/configuration.md', () => {
  const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const page = configurationPage(text('config/default.yaml'));

  it('is what the schema and default.yaml say', () =>
    expect(text('docs/configuration.md') === page, 'docs/configuration.md is not up to date; run `npm run docs`').to.equal(true));

  const rows: [string, RegExp][] = [
    ['a default and a range', /^\| `drey\.api\.port` +\| `DREY_API_PORT` +\| integer, 0 to 65535 +\| `8080` +\| The port of the API/m],
    ['a secret and its file', /^\| `drey\.mysql\.password` +\| `DREY_MYSQL_PASSWORD` or `…_FILE` +\| secret +\| +\| The password/m],
    ['a setting further down', /^\| `drey\.flink\.breaker\.first` +\| `DREY_FLINK_BREAKER_FIRST` +\| Duration, at most 24d +\| `5s` /m],
    ['an age', /^\| `drey\.retention\.remember-ids` .* Duration, at most 3650d +\| `7d` /m],
    ['the words to choose from', /^\| `drey\.log\.level` .*`trace`, `debug`, .*\| `info` /m],
    ['another name', /^\| `vvp\.job-service\.jobs-cleanup-interval` .*\| `vvp\.job-service\.cleanup-interval` +\|$/m],
  ];
  for (const [what, row] of rows) it(`shows ${what}`, () => expect(page).to.match(row));
});
