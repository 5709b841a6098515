// Mocha's own output, and at the end the runner's counts as JSON in the file that DREY_TEST_STATS names.
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

export default class extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.DREY_TEST_STATS;
    if (file !== undefined) runner.once('end', () => writeFileSync(file, JSON.stringify(runner.stats)));
  }
}
