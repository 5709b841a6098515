import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { DreyError } from '../domain/errors.ts';
import type { JobSpec } from '../domain/job.ts';
import { placeOfReference, secretNamesIn } from '../domain/secret-references.ts';
import type { SqlVerdict } from '../domain/sql-verdict.ts';
import type { DeploymentTarget } from '../domain/target.ts';
import { hint } from '../schema/did-you-mean.ts';
import { faultAt } from '../schema/faults.ts';
import { answers, strict, takes, type ApiParts, type InNamespace } from './resource.ts';
import { checkedValue, refusal } from './validate.ts';

// The validation of SQL, in the words of VVP's gateway.

const ValidateBody = Type.Object(
  {
    statement: Type.String({ minLength: 1, description: 'A statement, or a whole script with semicolons between its statements.' }),
    deploymentTargetName: Type.Optional(
      Type.String({ description: 'By whose SQL Gateway. Omitted: by that of the one target of the namespace that has one.' }),
    ),
  },
  { ...strict, title: 'ValidateSqlScriptRequest' },
);

const INVALID = {
  statement: 'VALIDATION_RESULT_INVALID',
  query: 'VALIDATION_RESULT_INVALID_QUERY',
  unsupported: 'VALIDATION_RESULT_UNSUPPORTED_QUERY',
  connector: 'VALIDATION_RESULT_INVALID_CONNECTOR_CONFIG',
} as const;
const VALID = {
  insert: 'VALIDATION_RESULT_VALID_INSERT_QUERY',
  query: 'VALIDATION_RESULT_VALID_SELECT_QUERY',
  definition: 'VALIDATION_RESULT_VALID_DDL_STATEMENT',
  command: 'VALIDATION_RESULT_VALID_COMMAND_STATEMENT',
} as const;

const ValidationSchema = Type.Object(
  {
    validationResult: Type.Enum([...Object.values(INVALID), ...Object.values(VALID)], {
      description: 'Of a script: that of what is wrong, or of its INSERT, or else of its last statement.',
    }),
    errorDetails: Type.Optional(
      Type.Object({
        message: Type.String(),
        lineNumber: Type.Integer(),
        columnNumber: Type.Integer(),
        endLineNumber: Type.Integer(),
        endColumnNumber: Type.Integer(),
      }),
    ),
  },
  { title: 'ValidateSqlScriptResponse' },
);

function view(verdict: SqlVerdict): Static<typeof ValidationSchema> {
  if (verdict.kind === 'valid') return { validationResult: VALID[verdict.what] };
  const { why, message, from, to } = verdict;
  return {
    validationResult: INVALID[why],
    errorDetails: { message, lineNumber: from.line, columnNumber: from.column, endLineNumber: to.line, endColumnNumber: to.column },
  };
}

/** `/sqlscripts:validate`: where a script is wrong, without running it. */
export function sqlScriptRoutes(app: FastifyInstance, { store, targets }: ApiParts): void {
  const targetWithGateway = async (namespace: string, name: string | undefined): Promise<DeploymentTarget> => {
    const able = (await store.targets(namespace)).filter(({ spec }) => spec.session.sqlGatewayUrl !== undefined);
    const names = able.map((target) => target.name).slice(0, 20);
    const [first, ...others] = name === undefined ? able : able.filter((target) => target.name === name);
    if (first !== undefined && others.length === 0) return first;
    if (names.length === 0)
      throw new DreyError('conflict', `no DeploymentTarget of namespace ${namespace} has a session.sqlGatewayUrl; create one first`);
    const message =
      name === undefined
        ? `is missing; several targets have a SQL Gateway: ${names.join(', ')}`
        : `"${name}" is no target with a session.sqlGatewayUrl${hint(name, names)}`;
    throw refusal('badRequest', [faultAt(['deploymentTargetName'], message)]);
  };

  /** What names a secret that is not there cannot be checked. */
  const missingSecret = async (namespace: string, script: string, spec: JobSpec): Promise<SqlVerdict | undefined> => {
    for (const name of secretNamesIn(spec)) {
      if ((await store.secretValue(namespace, name)) !== undefined) continue;
      const at = placeOfReference(script, name) ?? { line: 1, column: 1 };
      const message = `there is no SecretValue "${name}" in namespace ${namespace}`;
      return { kind: 'invalid', why: 'statement', message, from: at, to: at };
    }
    return undefined;
  };

  app.post<InNamespace>(
    '/sqlscripts::validate',
    { schema: { ...takes(ValidateBody), ...answers({ 200: ValidationSchema }) } },
    async ({ params: { namespace }, body }) => {
      const { statement, deploymentTargetName } = checkedValue(ValidateBody, body);
      const target = await targetWithGateway(namespace, deploymentTargetName);
      const spec = specOf(statement, target);
      return view((await missingSecret(namespace, statement, spec)) ?? (await targets.sqlGateway(target).check({ namespace, spec })));
    },
  );
}

/** As a Job of it would have it. */
const specOf = (sqlScript: string, { id, name, spec }: DeploymentTarget): JobSpec => ({
  artifact: { kind: 'SQLSCRIPT', sqlScript },
  parallelism: 1,
  allowNonRestoredState: false,
  flinkConfiguration: {},
  userFlinkConfiguration: {},
  deploymentTarget: { id, name, spec },
});
