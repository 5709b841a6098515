import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { DreyError, isDreyError } from '../../src/domain/errors.ts';
import { flinkJobId, type Job } from '../../src/domain/job.ts';
import { secretBox } from '../../src/secrets/box.ts';
import { jobSecrets } from '../../src/secrets/job-secrets.ts';
import type { StoredState } from '../../src/domain/savepoint-sight.ts';
import type { Cluster } from '../../src/ports/targets.ts';
import type { SubmitAnswer } from '../../src/ports/submit-answer.ts';
import { guardedDriver } from '../../src/targets/guarded.ts';
import { aJob, JOB_ID, NOW, targetAt } from '../support/factories.ts';

const VALUE = 'hunter2-and-more';
const KEY = new Uint8Array(32);

describe('the driver of Jobs with secrets', () => {
  const job = aJob({
    spec: {
      ...aJob().spec,
      artifact: { kind: 'JAR', jarUri: 'file:/${token}.jar', mainArgs: '--x ${token}' },
      flinkConfiguration: { a: '${token}' },
    },
  });
  let submitted: Job[];
  let answer: SubmitAnswer;
  let sealed: string | undefined;
  let former: string[];
  let given: Partial<Cluster>;
  let stored: (directory: string, base: string) => Promise<StoredState>;
  beforeEach(() => {
    submitted = [];
    answer = { kind: 'refused', message: `no ${VALUE}` };
    sealed = secretBox(KEY).seal({ namespace: 'default', name: 'token' }, VALUE);
    former = [];
    given = {};
    stored = () => Promise.resolve({ kind: 'none' });
  });

  const odd = (): never => {
    throw new DreyError('clusterAnsweredOddly', `what is ${VALUE}?`, { cause: new Error(VALUE) });
  };
  /** Tells the value wherever it can. */
  const cluster: Cluster = {
    view: odd,
    find: () => Promise.resolve().then(odd),
    application: () => Promise.resolve({ kind: 'ended', endpoint: 'GET x', status: 'FAILED', cause: `main: ${VALUE}` }),
    rootCause: () => Promise.resolve(`root: ${VALUE}`),
    metrics: () => Promise.resolve({ restarts: 1, checkpoints: { completed: 1, failed: 0, lastPath: `s3://${VALUE}/chk-1` } }),
    upload: () => Promise.resolve().then(odd),
    submissionSlot: () => undefined,
    fingerprint: () => Promise.resolve('jm'),
    submit: (sent) => {
      submitted.push(sent);
      return Promise.resolve(answer);
    },
    savepoint: () => Promise.resolve().then(odd),
    savepointOperation: () => Promise.resolve({ kind: 'failed', endpoint: 'GET x', message: `no space in ${VALUE}` }),
    statePaths: () => Promise.resolve({ savepoint: `s3://${VALUE}/sp`, checkpoint: `s3://${VALUE}/chk-2` }),
    savepointDirectory: () => Promise.resolve('s3://x'),
    checkpointDirectory: () => Promise.resolve('s3://x'),
    disposeSavepoint: () => Promise.resolve(),
    cancel: () => Promise.resolve().then(odd),
    cancelApplication: () => Promise.resolve().then(odd),
  };
  const driverWith = (key: Uint8Array | undefined = KEY) => {
    const row = {
      id: JOB_ID,
      namespace: 'default',
      name: 'token',
      labels: {},
      annotations: {},
      createdAt: NOW,
      modifiedAt: NOW,
      version: 1,
    };
    const store = {
      job: () => Promise.resolve({ job, now: NOW }),
      secretValue: (_namespace: string, name: string) =>
        Promise.resolve(sealed === undefined || name !== 'token' ? undefined : { ...row, sealed, formerSealed: former }),
    };
    const bare = { ...cluster, ...given };
    const driver = {
      cluster: () => bare,
      archived: () => Promise.resolve({ endpoint: 'x', word: 'FAILED' as const, cause: VALUE }),
      fetchArtifact: ({ spec: { artifact } }: Job) => Promise.resolve({ path: artifact.kind === 'JAR' ? artifact.jarUri : '', sha256: '' }),
      sqlGateway: () => expect.fail('no script is run'),
      storedState: (directory: string, base: string) => stored(directory, base),
      close: () => Promise.resolve(),
    };
    return guardedDriver(driver, jobSecrets(store, secretBox(key)));
  };
  const target = targetAt('http://x');
  const id = flinkJobId(job);
  const faultOf = async (call: Promise<unknown>): Promise<string> => {
    const error: unknown = await call.catch((thrown: unknown) => thrown);
    if (!isDreyError(error)) throw new Error('expected a failure', { cause: error });
    expect(error.cause).to.equal(undefined);
    return `${error.code}: ${error.message}`;
  };

  it('submits values, and tells names in every answer', async () => {
    const driver = driverWith();
    const guarded = driver.cluster(target);
    expect(driver.cluster(target)).to.equal(guarded);
    expect(await guarded.submit(job, 'jar')).to.deep.equal({ kind: 'refused', message: 'no ${token}' });
    expect(submitted[0]?.spec).to.deep.include({ flinkConfiguration: { a: VALUE } });
    expect(submitted[0]?.spec.artifact).to.include({ jarUri: `file:/${VALUE}.jar`, mainArgs: `"--x" "${VALUE}"` });
    expect(await guarded.rootCause(id)).to.equal('root: ${token}');
    expect(await guarded.application(id)).to.include({ cause: 'main: ${token}' });
    expect((await guarded.metrics(id)).checkpoints).to.deep.equal({ completed: 1, failed: 0, lastPath: 's3://${token}/chk-1' });
    expect(await guarded.savepointOperation(id, 'trigger')).to.include({ message: 'no space in ${token}' });
    expect(await guarded.statePaths(id)).to.deep.equal({ savepoint: 's3://${token}/sp', checkpoint: 's3://${token}/chk-2' });
    const restored = { ...job, spec: { ...job.spec, savepointLocation: 's3://${token}/sp' } };
    await guarded.submit(restored, 'jar');
    expect(submitted[1]?.spec.savepointLocation).to.equal(`s3://${VALUE}/sp`);
    expect(await driver.archived(target, id)).to.include({ cause: '${token}' });
    const artifact = await driver.fetchArtifact(job);
    expect(artifact.path).to.equal(`file:/${VALUE}.jar`);
    for (const call of [guarded.find(id), guarded.cancel(id), guarded.cancelApplication(id), guarded.upload(artifact)])
      expect(await faultOf(call)).to.equal('clusterAnsweredOddly: what is ${token}?');
  });
  it('keeps paths with names, and gives Flink and the file system values', async () => {
    const asked: string[] = [];
    const tell = (...paths: string[]) => Promise.resolve(void asked.push(...paths));
    given = {
      savepoint: (_id, { directory }) => tell(directory),
      disposeSavepoint: (location) => tell(location).then(() => Promise.reject(new DreyError('conflict', `no ${location}`))),
    };
    stored = async (...paths) => {
      await tell(...paths);
      return { kind: 'found', location: `file:/${VALUE}/sp/1` };
    };
    const driver = driverWith();
    const guarded = driver.cluster(target);
    await guarded.savepoint(id, { triggerId: 'x', directory: 'file:/${token}/sp', stop: false });
    expect(await faultOf(guarded.disposeSavepoint('s3://${token}/${other}'))).to.equal('conflict: no s3://${token}/${other}');
    expect(await driver.storedState('file:/${token}/sp', 'file:/${token}', job)).to.deep.equal({
      kind: 'found',
      location: 'file:/${token}/sp/1',
    });
    expect(asked).to.deep.equal([`file:/${VALUE}/sp`, `s3://${VALUE}/\${other}`, `file:/${VALUE}/sp`, `file:/${VALUE}`]);
    // Restored from a path that only the Savepoint names.
    await guarded.submit(aJob({ spec: { ...aJob().spec, savepointLocation: 's3://${token}/sp' } }), 'jar');
    expect(submitted[0]?.spec.savepointLocation).to.equal(`s3://${VALUE}/sp`);
  });
  it('knows the values that a secret had', async () => {
    former = [sealed ?? ''];
    sealed = secretBox(KEY).seal({ namespace: 'default', name: 'token' }, 'another');
    expect(await driverWith().cluster(target).rootCause(id)).to.equal('root: ${token}');
  });
  it('withholds what it cannot redact, and sends nothing without the key', async () => {
    const driver = driverWith(new Uint8Array(32).fill(1));
    const guarded = driver.cluster(target);
    expect(await guarded.rootCause(id)).to.match(/^the text is withheld/);
    expect((await guarded.metrics(id)).checkpoints).to.deep.equal({ completed: 1, failed: 0 });
    expect(await faultOf(guarded.find(id))).to.match(/^clusterAnsweredOddly: the text is withheld/);
    expect(await guarded.submit(job, 'jar')).to.include({ kind: 'notSubmitted' });
    expect(await driver.fetchArtifact(job).catch((error: unknown) => isDreyError(error) && [error.code, error.retryable])).to.deep.equal([
      'secretLocked',
      true,
    ]);
    expect(submitted).to.deep.equal([]);
  });
  it('sends nothing where a secret is missing', async () => {
    sealed = undefined;
    expect(await faultOf(driverWith().fetchArtifact(job))).to.match(/^secretMissing: there is no SecretValue "token" in namespace default/);
    expect(await driverWith().cluster(target).submit(job, 'jar')).to.include({ kind: 'notSubmitted' });
    expect(submitted).to.deep.equal([]);
    expect(await driverWith().cluster(target).rootCause(id)).to.equal(`root: ${VALUE}`);
  });
});
