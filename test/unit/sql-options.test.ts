import { expect } from 'chai';
import { describe, it } from 'mocha';
import { scriptOptionFault, sqlOptionFault } from '../../src/domain/sql-options.ts';
import { scriptFaults } from '../../src/domain/sql-script.ts';

describe("Flink's options of a SQL Deployment", () => {
  const reserved: readonly (readonly [reason: RegExp, keys: readonly string[]])[] = [
    [/^is set by Drey; remove it$/, ['$internal.pipeline.job-id', '$internal.x']],
    [
      /^says where the job runs, which its DeploymentTarget does; remove it$/,
      [
        ...['rest', 'rest.address', 'rest.port', 'high-availability', 'high-availability.type', 'jobmanager.rpc.address', 'web.port'],
        ...['jobmanager.web.address', 'execution.target', 'execution.attached', 'kubernetes.cluster-id', 'yarn.application.id'],
      ],
    ],
    [
      /^says what state the job starts from, which restoreStrategy does; remove it$/,
      [
        'execution.state-recovery.path',
        'execution.savepoint.path',
        'execution.savepoint.ignore-unclaimed-state',
        'execution.savepoint-restore-mode',
      ],
    ],
    [/^would make the submission wait for the end of the job; remove it$/, ['table.dml-sync']],
    [/^changes the language that scripts are read in; remove it$/, ['table.sql-dialect']],
  ];
  for (const [reason, keys] of reserved)
    for (const key of keys) it(`${key} is not to be set`, () => expect(sqlOptionFault(key)).to.match(reason));

  const free = [
    ...[
      'table.exec.mini-batch.enabled',
      'parallelism.default',
      'state.savepoints.dir',
      'execution.checkpointing.interval',
      'pipeline.name',
    ],
    ...[
      'restart-strategy.type',
      'execution.runtime-mode',
      'table.dml-sync-x',
      'internal.x',
      'highavailability',
      'x.rest.port',
      'RESt.port',
    ],
  ];
  for (const key of free) it(`${key} may be set`, () => expect(sqlOptionFault(key)).to.equal(undefined));
});

describe('an option in a script', () => {
  const kept = [
    ...['state.savepoints.dir', 'execution.checkpointing.savepoint-dir', 'state.checkpoints.dir', 'execution.checkpointing.dir'],
    'execution.checkpointing.externalized-checkpoint-retention',
  ];
  for (const key of kept) {
    it(`${key} belongs into flinkConfiguration`, () =>
      expect(scriptOptionFault(false, key)).to.equal(
        `names ${key}; set it in flinkConfiguration, where Drey looks for the state of the job`,
      ));
  }
  it('parallelism.default belongs into the spec', () =>
    expect(scriptOptionFault(false, 'parallelism.default')).to.equal(
      'names parallelism.default; set spec.template.spec.parallelism instead',
    ));
  it('is known with what Flink cuts off', () => {
    for (const key of [' table.dml-sync', '\ttable.dml-sync\r\n', '\u0000table.dml-sync\u001f'])
      expect(scriptOptionFault(false, key)).to.match(/^names table\.dml-sync, which would make/);
    expect(scriptOptionFault(false, `x${' '.repeat(1_000_000)}x`)).to.equal(undefined);
  });
});

describe('SET and RESET', () => {
  const faultOf = (setting: string): string | undefined => {
    const [fault] = scriptFaults(`${setting};\nINSERT INTO a SELECT 1`);
    expect(fault?.line ?? 1).to.equal(1);
    return fault?.message.replace(/^statement 1 \([^]*?\) (?=would|can|names)/, '');
  };
  const NAMED = 'names table.dml-sync, which would make the submission wait for the end of the job; remove it';
  const TWO_WAYS = "can be read in two ways; write SET 'key' = 'value'";
  const RESET_TWO_WAYS = "can be read in two ways; write RESET 'key'";
  const table: readonly (readonly [setting: string, fault: string | undefined])[] = [
    ["SET 'a.b' = 'c'", undefined],
    ["set 'a.b'='it''s'", undefined],
    ["SET 'a.b' = '${secret}'", undefined],
    ["SET 'a.b' = U&'\\0041'", undefined],
    ["SET 'a.b' = 'c'\n'd'", undefined],
    ['SET a.b = c', undefined],
    ["SET a.b = 'c d'", undefined],
    ['SET a.b-c=1', undefined],
    ['SET', undefined],
    ["SET -- why\n 'a.b' = 'c'", undefined],
    ["RESET 'a.b'", undefined],
    ['RESET a.b', undefined],
    ["SET 'table.dml-sync' = 'true'", NAMED],
    ["SET ' table.dml-sync\t' = 'true'", NAMED],
    ['SET table.dml-sync = true', NAMED],
    ['set TABLE.DML-SYNC=true', NAMED],
    ['SET table.dml-sync = a = b', NAMED],
    ['SET /* a */ table.dml-sync = true', NAMED],
    ["SET /***/ 'a' = 'b' /* */ 'table.dml-sync' = 'true'", NAMED],
    ["RESET 'table.dml-sync'", NAMED],
    ['RESET table.dml-sync', NAMED],
    ['RESET', 'would take the flinkConfiguration of the Deployment away; name the option'],
    ['RESET /* a */', 'would take the flinkConfiguration of the Deployment away; name the option'],
    // What Flink puts together.
    ["SET 'table.'\n'dml-sync' = 'true'", TWO_WAYS],
    ["SET 'table.' /* a */ 'dml-sync' = 'true'", TWO_WAYS],
    // Other ways to write a string.
    ["SET U&'table.dml\\002dsync' = 'true'", TWO_WAYS],
    ["SET N'table.dml-sync' = 'true'", TWO_WAYS],
    ["SET _UTF8'table.dml-sync' = 'true'", TWO_WAYS],
    ["SET E'table.dml-sync' = 'true'", TWO_WAYS],
    ["SET X'7461' = 'true'", TWO_WAYS],
    ["RESET 'table.'\n'dml-sync'", RESET_TWO_WAYS],
    ["RESET U&'table.dml\\002dsync'", RESET_TWO_WAYS],
    // The value of a bare key ends at its first quote.
    ["SET a.b = 'it''s'", TWO_WAYS],
    ["SET a.b = '${secret}'", TWO_WAYS],
    ["SET '${secret}' = 'a'", 'names its option by a secret; only a value may be one'],
    ["RESET '${secret}'", 'names its option by a secret; only a value may be one'],
  ];
  for (const [setting, fault] of table)
    it(`${JSON.stringify(setting)} ${fault === undefined ? 'is fine' : 'is refused'}`, () => expect(faultOf(setting)).to.equal(fault));

  it('are refused at the option', () =>
    expect(scriptFaults("SET\n  'rest.port' = '1'; INSERT INTO a SELECT 1")).to.deep.equal([
      {
        line: 2,
        column: 3,
        rule: 'use',
        message:
          "statement 1 (SET 'rest.port' = '1') names rest.port, which says where the job runs, which its DeploymentTarget does; remove it",
      },
    ]));
});
