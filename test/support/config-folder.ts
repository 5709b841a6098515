import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { load, type Loaded } from '../../config/load.ts';
import { isDreyError } from '../../src/domain/errors.ts';

/** A working directory of each test's own with a folder `config`, and what loading the configuration there gives. */
export function configFolder() {
  let cwd = '';
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'drey-config-'));
    mkdirSync(join(cwd, 'config'));
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  const loaded = (env: Record<string, string> = {}, configFile?: string): Loaded =>
    load({ env, cwd, ...(configFile === undefined ? {} : { configFile }) });
  /** The faults, one a line; none when it loads. */
  const faults = (env: Record<string, string> = {}, configFile?: string): string[] => {
    try {
      loaded(env, configFile);
    } catch (error) {
      if (!isDreyError(error, 'configuration')) throw error;
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    }
    return [];
  };
  const file = (name: string, text: string): string => {
    writeFileSync(join(cwd, name), text);
    return name;
  };
  return { folder: () => cwd, file, loaded, faults };
}
