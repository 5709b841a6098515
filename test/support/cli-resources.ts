// Resources as a server answers them, for the command line's tests on a fake server. A test states only what it is about.

const AT = '2026-01-01T12:00:00.000Z';
/** A minute later, as the header of an answer. */
export const DATE = 'Thu, 01 Jan 2026 12:01:00 GMT';

const metadata = { namespace: 'default', createdAt: AT, modifiedAt: AT, resourceVersion: 1 };

export const aDeploymentAnswer = (spec: object = {}, status: object = { state: 'RUNNING' }) => ({
  kind: 'Deployment',
  metadata: { ...metadata, id: 'd-1', name: 'one', labels: {}, annotations: {} },
  spec: {
    state: 'RUNNING',
    deploymentTargetName: 'local',
    upgradeStrategy: { kind: 'STATEFUL' },
    restoreStrategy: { kind: 'LATEST_STATE' },
    template: { spec: { artifact: { kind: 'JAR', jarUri: 'file:///x.jar' }, parallelism: 1 } },
    ...spec,
  },
  status,
});

export const aJobAnswer = (status: object = { state: 'STARTED' }, spec: object = {}) => ({
  kind: 'Job',
  metadata: { ...metadata, id: 'j-1', deploymentId: 'd-1', deploymentName: 'one', sessionClusterName: 'local' },
  spec: { parallelism: 1, ...spec },
  status,
});

export const aSavepointAnswer = (state: string, rest: { origin?: string; location?: string; failure?: object } = {}) => ({
  kind: 'Savepoint',
  metadata: { ...metadata, id: 's-1', deploymentId: 'd-1', jobId: 'j-1', origin: rest.origin ?? 'USER_REQUEST' },
  spec: { flinkSavepointId: 'f-1', ...(rest.location === undefined ? {} : { savepointLocation: rest.location }) },
  status: { state, ...(rest.failure === undefined ? {} : { failure: rest.failure }) },
});

export const listOf = (...items: object[]) => ({ body: { metadata: {}, items }, headers: { date: DATE } });
