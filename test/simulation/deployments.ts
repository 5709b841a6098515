import type { Artifact } from '../../src/domain/artifact.ts';
import type { DeploymentSpec } from '../../src/domain/deployment.ts';
import type { Job } from '../../src/domain/job.ts';
import { aSpec } from '../support/factories.ts';
import type { World } from './world.ts';

/** The Deployment whose state may never be lost; of the other it may never be used. */
export const STATEFUL = 'b';

/** What main() and the tasks of a job do; of a script: how the gateway translates it. */
export interface Program {
  readonly mainMs: number;
  readonly refused: boolean;
  readonly fails: boolean;
  readonly finishes: boolean;
  /** Flink restarts it again and again. */
  readonly restarts: boolean;
}

const programs: readonly Program[] = [
  { mainMs: 50, refused: false, fails: false, finishes: false, restarts: false },
  { mainMs: 50, refused: false, fails: false, finishes: false, restarts: true },
  { mainMs: 8000, refused: false, fails: false, finishes: false, restarts: false },
  { mainMs: 500, refused: true, fails: false, finishes: false, restarts: false },
  { mainMs: 50, refused: false, fails: true, finishes: false, restarts: false },
  { mainMs: 50, refused: false, fails: false, finishes: true, restarts: false },
];

const numberOf = ({ parallelism }: { readonly parallelism: number }): number => parallelism % programs.length;

export const programOf = ({ spec }: Pick<Job, 'spec'>): Program => programs[numberOf(spec)]!;

/** What no gateway knows: a statement that names it fails. */
const UNKNOWN = 'nowhere';

export const hasMistake = (text: string): boolean => text.includes(UNKNOWN);

/** The script of a Job; undefined: it runs a jar. */
export const scriptOf = ({ spec: { artifact } }: Pick<Job, 'spec'>): string | undefined =>
  artifact.kind === 'SQLSCRIPT' ? artifact.sqlScript : undefined;

function someArtifact(world: World): Artifact {
  if (world.chance(0.8)) return aSpec().template.spec.artifact;
  const [type, column] = world.chance(0.8) ? ['BIGINT', 'id'] : world.chance(0.5) ? [UNKNOWN, 'id'] : ['BIGINT', UNKNOWN];
  const sqlScript = `SET 'table.exec.state.ttl' = '1 h';
    CREATE TABLE src (id BIGINT) WITH ('connector' = 'datagen');
    CREATE TABLE snk (id ${type}) WITH ('connector' = 'blackhole');
    INSERT INTO snk SELECT ${column} FROM src;`;
  return { kind: 'SQLSCRIPT', sqlScript };
}

/** What a user may want of the Deployment of this name: a fifth of them are scripts. */
export function someSpec(world: World, name: string): DeploymentSpec {
  const isStateful = name === STATEFUL;
  const artifact = someArtifact(world);
  const template = { spec: { artifact, parallelism: world.between(0, programs.length * 2 - 1) } };
  const spec = aSpec({
    state: world.chance(0.65) ? 'RUNNING' : isStateful && world.chance(0.6) ? 'SUSPENDED' : 'CANCELLED',
    template,
    upgradeStrategy: { kind: world.chance(0.2) ? 'NONE' : isStateful ? 'STATEFUL' : 'STATELESS' },
    restoreStrategy: { kind: isStateful ? 'LATEST_STATE' : 'NONE' },
  });
  world.note(`a user wants ${name} ${spec.state}, ${artifact.kind}, program ${numberOf(template.spec)}`);
  return spec;
}
