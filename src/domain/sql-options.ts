import { CHECKPOINT_OPTIONS, SAVEPOINT_OPTIONS } from './state-options.ts';

// Flink's options that a SQL Deployment may not set, since Drey does, or since it could not keep its word.

/** Where a gateway submits to, under which id, and from which state. */
const RESERVED: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [/^\$internal\./, 'is set by Drey; remove it'],
  [
    /^(rest|high-availability|recovery)(\..*)?$|^execution\.(target|attached)$|^(kubernetes\.cluster-id|yarn\.application\.id)$/,
    'says where the job runs, which its DeploymentTarget does; remove it',
  ],
  [/^jobmanager\.rpc\.|^(jobmanager\.)?web\.(address|port)$/, 'says where the job runs, which its DeploymentTarget does; remove it'],
  [
    /^execution\.(state-recovery|savepoint)(\..*)?$|^execution\.savepoint-restore-mode$/,
    'says what state the job starts from, which restoreStrategy does; remove it',
  ],
  [/^table\.dml-sync$/, 'would make the submission wait for the end of the job; remove it'],
  [/^table\.sql-dialect$/, 'changes the language that scripts are read in; remove it'],
];

/** Drey looks for a job's state where its own configuration says. */
const KEPT_IN_SPEC = new Set<string>([
  ...SAVEPOINT_OPTIONS,
  ...CHECKPOINT_OPTIONS,
  'state.backend.fs.checkpointdir',
  'savepoints.state.backend.fs.dir',
  'execution.checkpointing.storage',
  'state.checkpoint-storage',
  'execution.checkpointing.externalized-checkpoint-retention',
]);

/** What is wrong with an option of a SQL Deployment, in its flinkConfiguration; undefined: nothing. */
export const sqlOptionFault = (key: string): string | undefined => RESERVED.find(([pattern]) => pattern.test(key))?.[1];

/** The same for SET and RESET in the script. A RESET without a key would take the Deployment's own options away as well. */
export function scriptOptionFault(isReset: boolean, written: string | undefined): string | undefined {
  const key = written === undefined ? undefined : trimmed(written);
  if (key === undefined) return isReset ? 'would take the flinkConfiguration of the Deployment away; name the option' : undefined;
  const reserved = sqlOptionFault(key);
  if (reserved !== undefined) return `names ${key.slice(0, LONGEST_KEY)}, which ${reserved}`;
  if (key === 'parallelism.default') return `names ${key}; set spec.template.spec.parallelism instead`;
  return KEPT_IN_SPEC.has(key) ? `names ${key}; set it in flinkConfiguration, where Drey looks for the state of the job` : undefined;
}

/** More of a key is not told. */
const LONGEST_KEY = 100;

/** As Flink trims a key: everything up to the blank. */
function trimmed(key: string): string {
  let [start, end] = [0, key.length];
  while (start < end && key.charCodeAt(start) <= BLANK) start++;
  while (start < end && key.charCodeAt(end - 1) <= BLANK) end--;
  return key.slice(start, end);
}

const BLANK = 0x20;
