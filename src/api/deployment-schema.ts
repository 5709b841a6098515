import { Type, type Static } from 'typebox';
import { splitArguments } from '../domain/artifact.ts';
import { CONDITIONS, conditionsOf, type Condition } from '../domain/conditions.ts';
import { dueOfDeployment } from '../domain/due.ts';
import { DEPLOYMENT_STATES, DESIRED_STATES, RESTORE_STRATEGIES, UPGRADE_STRATEGIES, type Deployment } from '../domain/deployment.ts';
import { parseDuration } from '../domain/duration.ts';
import type { Job } from '../domain/job.ts';
import { nameFault } from '../domain/names.ts';
import { faultWords, scriptFaults } from '../domain/sql-script.ts';
import { ruled } from '../schema/faults.ts';
import { jarUriFault } from './jar-uri.ts';
import { bodyOf, DueSchema, Id, listSchema, named, patchOf, resource, strict, Texts, Time, view, viewDue } from './resource.ts';

/** The domain remembers this many failures of a Deployment; with more attempts it would never give up. */
const MOST_ATTEMPTS = 50;

/** What a function that throws a sentence says of a text. */
const thrownBy =
  (parse: (text: string) => unknown) =>
  (text: string): string | undefined => {
    try {
      parse(text);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

const durationFault = (text: string): string | undefined =>
  thrownBy(parseDuration)(text) ?? (parseDuration(text) > 0 ? undefined : `must be longer than nothing, not "${text}"`);

const attempts = (description: string) => Type.Integer({ minimum: 1, maximum: MOST_ATTEMPTS, description });
const KEPT = 'Kept and returned; without effect on a session target.';
const kept = Type.Optional(Type.Unknown({ description: KEPT }));

const keptOfArtifact = {
  additionalDependencies: Type.Optional(Type.Array(Type.String())),
  flinkVersion: Type.Optional(Type.String()),
  flinkImageRegistry: Type.Optional(Type.String()),
  flinkImageRepository: Type.Optional(Type.String()),
  flinkImageTag: Type.Optional(Type.String()),
};

const JarArtifactSchema = Type.Object(
  {
    kind: Type.Literal('JAR'),
    jarUri: ruled('URI of the jar, by file:, http:, https:, s3: or artifact:, as the daemon sees it.', jarUriFault),
    entryClass: Type.Optional(Type.String()),
    mainArgs: Type.Optional(ruled('The arguments of main(), split as a shell would.', thrownBy(splitArguments))),
    ...keptOfArtifact,
  },
  { ...strict, title: 'JarArtifact' },
);

const scriptFault = (script: string): string | undefined => scriptFaults(script).map(faultWords).join('; ') || undefined;

const SqlArtifactSchema = Type.Object(
  {
    kind: Type.Literal('SQLSCRIPT'),
    sqlScript: ruled(
      'Statements in the SQL of Flink, with semicolons between: SET and definitions (CREATE TABLE …), then one INSERT INTO, or EXECUTE STATEMENT SET BEGIN … END.',
      scriptFault,
    ),
    ...keptOfArtifact,
  },
  { ...strict, title: 'SqlScriptArtifact' },
);

/** What a Job executes, by its `kind`. */
export const ArtifactSchema = Type.Union([JarArtifactSchema, SqlArtifactSchema]);

const FlinkConfiguration = Type.Unsafe<Record<string, string | number | boolean>>({
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean'] },
  description: "Flink's options; numbers and booleans are kept as text.",
});

const TemplateSchema = Type.Object(
  {
    metadata: Type.Optional(Type.Object({ annotations: Type.Optional(Texts('Given to each Job.')) }, strict)),
    spec: Type.Object(
      {
        artifact: ArtifactSchema,
        parallelism: Type.Optional(Type.Integer({ minimum: 1, maximum: 32_768, description: 'Omitted: 1.' })),
        numberOfTaskManagers: Type.Optional(Type.Integer({ minimum: 1, description: KEPT })),
        resources: kept,
        flinkConfiguration: Type.Optional(FlinkConfiguration),
        logging: kept,
        kubernetes: kept,
      },
      strict,
    ),
  },
  strict,
);

const SpecSchema = Type.Object(
  {
    state: Type.Optional(Type.Enum([...DESIRED_STATES], { description: 'Omitted: CANCELLED.' })),
    upgradeStrategy: Type.Optional(
      Type.Object({ kind: Type.Optional(Type.Enum([...UPGRADE_STRATEGIES], { description: 'Omitted: STATEFUL.' })) }, strict),
    ),
    restoreStrategy: Type.Optional(
      Type.Object(
        {
          kind: Type.Optional(Type.Enum([...RESTORE_STRATEGIES], { description: 'Omitted: LATEST_STATE.' })),
          allowNonRestoredState: Type.Optional(Type.Boolean({ description: 'Omitted: false.' })),
          maxStateAge: Type.Optional(
            ruled('A Job is never started from older state than this Duration. Omitted: of any age.', durationFault),
          ),
        },
        strict,
      ),
    ),
    deploymentTargetId: Type.Optional(Id),
    deploymentTargetName: Type.Optional(Type.String()),
    sessionClusterName: Type.Optional(Type.String({ description: 'Another name for deploymentTargetName.' })),
    maxJobCreationAttempts: Type.Optional(attempts('How many Jobs may fail before the Deployment is FAILED. Omitted: 4.')),
    maxSavepointCreationAttempts: Type.Optional(
      attempts('How many tries to stop a Job with a savepoint may fail before the Deployment is FAILED. Omitted: 4.'),
    ),
    jobFailureExpirationTime: Type.Optional(ruled('A failure older than this Duration no longer counts. Omitted: 1h.', durationFault)),
    template: TemplateSchema,
  },
  strict,
);

/** A Deployment as a client sends it. */
export const DeploymentBody = bodyOf('Deployment', nameFault, SpecSchema, { displayName: Type.Optional(Type.String({ maxLength: 255 })) });
export type DeploymentBody = Static<typeof DeploymentBody>;

export const DeploymentPatch = patchOf('Deployment');

const ConditionSchema = Type.Object({
  type: Type.Enum([...CONDITIONS]),
  status: Type.Enum(['True', 'False']),
  reason: Type.String(),
  message: Type.String(),
  lastTransitionTime: Time,
  lastUpdateTime: Time,
});

const viewCondition = ({ type, isTrue, reason, message, lastTransitionAt, lastUpdateAt }: Condition) => ({
  type,
  status: isTrue ? ('True' as const) : ('False' as const),
  reason,
  message,
  lastTransitionTime: lastTransitionAt.toISOString(),
  lastUpdateTime: lastUpdateAt.toISOString(),
});

/** A Deployment as it is answered. */
export const DeploymentSchema = resource(
  'Deployment',
  { ...named, displayName: Type.Optional(Type.String()) },
  SpecSchema,
  Type.Object({
    state: Type.Enum([...DEPLOYMENT_STATES]),
    running: Type.Optional(Type.Object({ jobId: Id, transitionTime: Time, conditions: Type.Array(ConditionSchema) })),
    failure: Type.Optional(Type.Object({ reason: Type.String(), message: Type.String() }, { description: 'Why it is FAILED.' })),
    due: Type.Optional(DueSchema),
  }),
);
export const DeploymentListSchema = listSchema('Deployment', DeploymentSchema);

/** A Deployment as VVP shows it. `job`: its active Job, if any; `now`: the database's. */
export function viewDeployment(deployment: Deployment, job: Job | undefined, now: Date) {
  const { name, displayName, labels, spec, state, transitionAt, failure } = deployment;
  const running =
    state === 'RUNNING' && job !== undefined
      ? { running: { jobId: job.id, transitionTime: transitionAt.toISOString(), conditions: conditionsOf(job, now).map(viewCondition) } }
      : {};
  return view('Deployment', deployment, { name, ...(displayName === undefined ? {} : { displayName }), labels }, spec, {
    state,
    ...running,
    ...(failure === undefined ? {} : { failure }),
    ...viewDue(dueOfDeployment(deployment)),
  });
}
