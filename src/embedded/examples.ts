import { ask, namespacePath, type OwnDaemon } from './own-daemon.ts';

/** What the examples run on. */
interface Surroundings {
  /** `http://localhost:8081` */
  readonly flinkUrl: string;
  /** `http://localhost:8083` */
  readonly gatewayUrl: string;
  /** The jar with flinkkit.CountingJob. */
  readonly jarPath: string;
}

interface Declared {
  /** The names of the Deployments. */
  readonly deployments: readonly string[];
  /** The target that has our SQL Gateway. */
  readonly sqlTarget: string;
}

/** The address of Flink, and that of its SQL Gateway. */
interface SessionTarget {
  readonly url: string;
  readonly sqlGatewayUrl?: string;
}

/**
 * Declares the target `local`, which is our Flink, a Deployment `example` that counts for ever in a jar, and one `example-sql` that does so in SQL.
 * What is there already stays as it is: where an earlier release made `local`, without a SQL Gateway, scripts have a target `local-sql`.
 * @throws Error with the daemon's own words when it refuses, or when a target is another Flink since an earlier run.
 */
export async function declareExamples(daemon: OwnDaemon, { flinkUrl, gatewayUrl, jarPath }: Surroundings): Promise<Declared> {
  const ours = { url: flinkUrl, sqlGatewayUrl: gatewayUrl };
  let sqlTarget = 'local';
  if ((await declaredTarget(daemon, sqlTarget, ours)).sqlGatewayUrl === undefined) {
    sqlTarget = 'local-sql';
    await declaredTarget(daemon, sqlTarget, ours);
  }
  const deployments = [deployment('example', 'local', jar(jarPath)), deployment('example-sql', sqlTarget, SCRIPT)];
  for (const each of deployments) await declare(daemon, '/deployments', each);
  return { deployments: deployments.map(({ metadata }) => metadata.name), sqlTarget };
}

/** The target as it is, which may be what an earlier run declared. */
async function declaredTarget(daemon: OwnDaemon, name: string, ours: Required<SessionTarget>): Promise<SessionTarget> {
  await declare(daemon, '/deployment-targets', {
    kind: 'DeploymentTarget',
    apiVersion: 'v1',
    metadata: { name, namespace: 'default' },
    spec: { session: ours },
  });
  const { body } = await ask(daemon, `/deployment-targets/${name}`);
  const { session } = (JSON.parse(body) as { spec: { session: SessionTarget } }).spec;
  requireSame(name, 'Flink', '--flink-port', session.url, ours.url);
  requireSame(name, 'its SQL Gateway', '--sql-gateway-port', session.sqlGatewayUrl ?? ours.sqlGatewayUrl, ours.sqlGatewayUrl);
  return session;
}

function requireSame(target: string, what: string, option: string, declared: string, ours: string): void {
  if (declared === ours) return;
  throw new Error(
    `the target ${target} of this folder has ${what} at ${declared}, which never changes, and now that is at ${ours}: ` +
      `start with that ${option}, or remove the folder .drey to begin anew`,
  );
}

const jar = (path: string): object => ({
  kind: 'JAR',
  jarUri: `file:${path}`,
  entryClass: 'flinkkit.CountingJob',
  mainArgs: '--rate 10',
});

const SCRIPT = {
  kind: 'SQLSCRIPT',
  sqlScript: `
-- Orders that nobody made, ten a second.
CREATE TEMPORARY TABLE orders (
  product INT,
  price INT,
  quantity INT,
  total AS price * quantity
) WITH (
  'connector' = 'datagen',
  'rows-per-second' = '10',
  'fields.product.min' = '1',
  'fields.product.max' = '100',
  'fields.price.min' = '1',
  'fields.price.max' = '50',
  'fields.quantity.min' = '0',
  'fields.quantity.max' = '5'
);

CREATE TEMPORARY VIEW sold AS SELECT product, total FROM orders WHERE quantity > 0;

-- It forgets what it is told; what was counted is the state of the job.
CREATE TEMPORARY TABLE turnover (
  product INT,
  orders BIGINT,
  total BIGINT
) WITH ('connector' = 'blackhole');

INSERT INTO turnover SELECT product, COUNT(*), SUM(total) FROM sold GROUP BY product;
`.trimStart(),
};

const deployment = (name: string, target: string, artifact: object) => ({
  kind: 'Deployment',
  apiVersion: 'v1',
  metadata: { name, namespace: 'default' },
  spec: {
    state: 'RUNNING',
    deploymentTargetName: target,
    upgradeStrategy: { kind: 'STATEFUL' },
    restoreStrategy: { kind: 'LATEST_STATE' },
    template: {
      spec: {
        artifact,
        parallelism: 1,
        flinkConfiguration: {
          // What it counted so far outlives it, also the next time that all this is stopped.
          'execution.checkpointing.interval': '5 s',
          // Without one the first failure would end the Flink job.
          'restart-strategy.type': 'fixed-delay',
          'restart-strategy.fixed-delay.attempts': '1000',
          'restart-strategy.fixed-delay.delay': '1 s',
        },
      },
    },
  },
});

async function declare(daemon: OwnDaemon, path: string, resource: object): Promise<void> {
  const { ok, status, body } = await ask(daemon, path, resource);
  const isThere = status === 409;
  if (!ok && !isThere) throw new Error(`POST ${namespacePath}${path} was answered with ${status}: ${body}`);
}
