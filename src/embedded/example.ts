import { ask, textAt } from './api-client.ts';

export const exampleName = 'example';
export const namespacePath = '/api/v1/namespaces/default';

export interface ExampleOptions {
  /** Of the daemon: `http://127.0.0.1:8080`. */
  readonly apiUrl: string;
  readonly flinkUrl: string;
  /** The jar with flinkkit.CountingJob. */
  readonly jarPath: string;
  readonly signal: AbortSignal;
}

/**
 * Declares the target `local`, which is our Flink, and a Deployment `example` that counts for ever; what is there already
 * stays as it is.
 * @throws Error with the daemon's own words when it refuses.
 */
export async function declareExample({ apiUrl, flinkUrl, jarPath, signal }: ExampleOptions): Promise<void> {
  const target = `${apiUrl}${namespacePath}/deployment-targets/local`;
  if (await isMissing(target, signal)) {
    await declare('PUT', target, signal, {
      kind: 'DeploymentTarget',
      apiVersion: 'v1',
      metadata: { name: 'local', namespace: 'default' },
      spec: { session: { url: flinkUrl } },
    });
  }
  const deployments = `${apiUrl}${namespacePath}/deployments`;
  if (await isMissing(`${deployments}/${exampleName}`, signal)) await declare('POST', deployments, signal, exampleDeployment(jarPath));
}

function exampleDeployment(jarPath: string): unknown {
  return {
    kind: 'Deployment',
    apiVersion: 'v1',
    metadata: { name: exampleName, namespace: 'default' },
    spec: {
      state: 'RUNNING',
      deploymentTargetName: 'local',
      upgradeStrategy: { kind: 'STATELESS' },
      restoreStrategy: { kind: 'NONE' },
      template: {
        spec: {
          artifact: { kind: 'JAR', jarUri: `file:${jarPath}`, entryClass: 'flinkkit.CountingJob', mainArgs: '--rate 10' },
          parallelism: 1,
          flinkConfiguration: {
            // Without one the first failure would end the Flink job.
            'restart-strategy.type': 'fixed-delay',
            'restart-strategy.fixed-delay.attempts': '1000',
            'restart-strategy.fixed-delay.delay': '1 s',
          },
        },
      },
    },
  };
}

async function isMissing(url: string, signal: AbortSignal): Promise<boolean> {
  const { status, body } = await ask(url, { signal });
  if (status === 200 || status === 404) return status === 404;
  throw refused('GET', url, status, body);
}

async function declare(method: string, url: string, signal: AbortSignal, body: unknown): Promise<void> {
  const answer = await ask(url, { method, body, signal });
  // 409: someone was quicker.
  if (![200, 201, 409].includes(answer.status)) throw refused(method, url, answer.status, answer.body);
}

function refused(method: string, url: string, status: number, body: unknown): Error {
  return new Error(`${method} ${url} was answered with ${status}: ${textAt(body, 'message') ?? JSON.stringify(body)}`);
}
