import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseSecretKey } from '../../src/domain/secret-key.ts';
import { secretKey } from '../../src/embedded/secret-key.ts';

describe('the key of `drey up`', () => {
  it('is made once, for its owner alone, unless the user gives one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'drey-test-key-'));
    try {
      const file = join(folder, 'secrets.key');
      expect(secretKey(file, {})).to.deep.equal({ DREY_SECRETS_KEY_FILE: file });
      const key = readFileSync(file, 'utf8');
      expect(parseSecretKey(key.trim())).to.have.length(32);
      expect(statSync(file).mode & 0o777).to.equal(0o600);
      secretKey(file, {});
      expect(readFileSync(file, 'utf8')).to.equal(key);
      expect(secretKey(file, { DREY_SECRETS_KEY: 'x' })).to.deep.equal({});
      expect(secretKey(file, { DREY_SECRETS_KEY_FILE: 'x' })).to.deep.equal({});
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
