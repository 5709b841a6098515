import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { memoryStore } from '../support/memory-store.ts';

const SCRIPT = "CREATE TABLE a (x INT) WITH ('p' = '${p}');\nINSERT INTO a SELECT 1;";
const JAR = { kind: 'JAR', jarUri: 'file:///jobs/counting.jar', entryClass: 'a.B', mainArgs: '--x 1' };
const SQL = { kind: 'SQLSCRIPT', sqlScript: SCRIPT };
/** A Deployment on the target that has a gateway. */
const sql = (artifact: object = SQL, template: object = {}, spec: object = {}) =>
  manifest('a', { deploymentTargetName: 'with-gateway', ...spec }, { artifact, ...template });

describe('API of SQL Deployments', () => {
  let api: TestApi;
  const withTargets = async (given: Promise<TestApi>): Promise<void> => {
    api = await given;
    const session = { url: 'http://flink:8081', sqlGatewayUrl: 'http://flink:8083' };
    await api.send('POST', '/deployment-targets', { metadata: { name: 'with-gateway' }, spec: { session } });
  };
  beforeEach(() => withTargets(testApi()));
  const artifactOf = async (name = 'a') => (await api.send('GET', `/deployments/${name}`)).body.spec.template.spec.artifact;
  const faultOf = async (body: object): Promise<string> => {
    const answer = await api.post(body);
    expect(answer.status, answer.text).to.equal(400);
    return answer.body.message;
  };
  const artifact = (given: object) => ({ spec: { template: { spec: { artifact: given } } } });

  it('makes one, and gives it back as it is', async () => {
    const made = await api.post(sql({ ...SQL, flinkVersion: 2.3, additionalDependencies: ['x'] }));
    expect(made.status, made.text).to.equal(201);
    expect(await artifactOf()).to.deep.equal({ ...SQL, flinkVersion: '2.3', additionalDependencies: ['x'] });
    expect((await api.send('PUT', '/deployments/a', made.body)).body).to.deep.equal(made.body);
  });
  for (const kind of ['sqlscript', 'SqlScript', 'SQLSCRIPT']) {
    it(`takes its kind as ${kind}, in JSON and in YAML`, async () => {
      expect((await api.post(sql({ ...SQL, kind }))).body.spec.template.spec.artifact).to.deep.equal(SQL);
      const lines = [
        ...['metadata: {name: b}', 'spec:', '  deploymentTargetName: with-gateway', '  template:', '    spec:', '      artifact:'],
        ...[`        kind: ${kind}`, '        sqlScript: |', ...SCRIPT.split('\n').map((line) => `          ${line}`)],
      ];
      const made = await api.post(lines.join('\n'), { 'content-type': 'application/yaml' });
      expect(made.status, made.text).to.equal(201);
      expect(await artifactOf('b')).to.deep.equal({ kind: 'SQLSCRIPT', sqlScript: `${SCRIPT}\n` });
    });
  }

  describe('says what is wrong', () => {
    const ARTIFACT = 'spec.template.spec.artifact';
    const table: readonly (readonly [what: string, artifact: object, fault: string | RegExp])[] = [
      ['no script', { kind: 'SQLSCRIPT' }, `${ARTIFACT}.sqlScript: is missing; it must be a string`],
      ['an empty script', { kind: 'SQLSCRIPT', sqlScript: '' }, /sqlScript: line 1, column 1: the script is empty/],
      ['another thing than a text', { kind: 'SQLSCRIPT', sqlScript: ['x'] }, `${ARTIFACT}.sqlScript: must be a string, not a list`],
      ['a query', { kind: 'SQLSCRIPT', sqlScript: '\n SELECT 1' }, /sqlScript: line 2, column 2: statement 1 \(SELECT 1\) is a query/],
      [
        'several faults',
        { kind: 'SQLSCRIPT', sqlScript: 'SELECT 1; SHOW TABLES' },
        /line 1, column 1: .* before it; line 1, column 11: statement 2/,
      ],
      ['a jar besides', { ...SQL, jarUri: 'file:///x.jar' }, /artifact\.jarUri: unknown field; known here: kind, sqlScript, /],
      ['a script besides a jar', { ...JAR, sqlScript: SCRIPT }, /artifact\.sqlScript: unknown field; known here: kind, jarUri, /],
      ['another kind', { ...SQL, kind: 'SQL' }, /artifact\.kind: must be JAR or SQLSCRIPT, not "SQL"/],
      ['no kind', { sqlScript: SCRIPT }, /artifact\.kind: is missing; it must be JAR or SQLSCRIPT/],
    ];
    for (const [what, given, fault] of table) {
      it(what, async () => {
        const told = await faultOf(sql(given));
        if (typeof fault === 'string') expect(told).to.equal(fault);
        else expect(told).to.match(fault);
      });
    }
    it('a target without a gateway', async () => {
      const told = 'spec.deploymentTargetName: is "local", which has no session.sqlGatewayUrl; a SQLSCRIPT needs a target with one';
      expect(await faultOf(sql(SQL, {}, { deploymentTargetName: 'local' }))).to.equal(told);
      await api.post(manifest('a'));
      expect((await api.patch('a', artifact(SQL))).body.message).to.equal(told);
      expect(await artifactOf()).to.include({ kind: 'JAR' });
      expect((await api.post(manifest('b', { deploymentTargetName: 'with-gateway' }))).status).to.equal(201);
    });
    it('options that are not to be set, of a script alone', async () => {
      const flinkConfiguration = { 'rest.port': 1, 'table.dml-sync': true, 'parallelism.default': '7', $internal: 'x', '$internal.x': 'y' };
      expect((await faultOf(sql(SQL, { flinkConfiguration }))).split('\n')).to.deep.equal([
        'spec.template.spec.flinkConfiguration["rest.port"]: says where the job runs, which its DeploymentTarget does; remove it',
        'spec.template.spec.flinkConfiguration["table.dml-sync"]: would make the submission wait for the end of the job; remove it',
        'spec.template.spec.flinkConfiguration["$internal.x"]: is set by Drey; remove it',
      ]);
      expect((await api.post(sql(JAR, { flinkConfiguration }))).status).to.equal(201);
    });
    it('the id of a Job, once', async () =>
      expect(await faultOf(sql(SQL, { flinkConfiguration: { '$internal.pipeline.job-id': 'x' } }))).to.equal(
        'spec.template.spec.flinkConfiguration["$internal.pipeline.job-id"]: is set by Drey, to the id of each Job; remove it',
      ));
  });

  describe('changes the kind of one', () => {
    it('from a jar to a script and back, with nothing left of the other', async () => {
      await api.post(sql({ ...JAR, flinkVersion: '1.20' }));
      const scripted = await api.patch('a', artifact(SQL));
      expect(scripted.status, scripted.text).to.equal(200);
      expect(await artifactOf()).to.deep.equal({ ...SQL, flinkVersion: '1.20' });
      const again = await api.patch('a', artifact({ kind: 'jar', jarUri: 'file:///y.jar' }));
      expect(again.status, again.text).to.equal(200);
      expect(await artifactOf()).to.deep.equal({ kind: 'JAR', jarUri: 'file:///y.jar', flinkVersion: '1.20' });
    });
    it('not without what it needs', async () => {
      await api.post(sql());
      expect((await api.patch('a', artifact({ kind: 'JAR' }))).body.message).to.match(/artifact\.jarUri: is missing/);
      expect((await api.patch('a', artifact({ jarUri: 'file:///y.jar' }))).body.message).to.match(/artifact\.jarUri: unknown field/);
    });
    it('or the script alone', async () => {
      await api.post(sql());
      await api.patch('a', artifact({ sqlScript: 'INSERT INTO a SELECT 2' }));
      expect(await artifactOf()).to.deep.equal({ kind: 'SQLSCRIPT', sqlScript: 'INSERT INTO a SELECT 2' });
    });
  });

  describe('with DeploymentDefaults', () => {
    const put = (spec: object) => api.send('PUT', '/deployment-defaults', { spec });
    const defaults = (given: object, template: object = {}) => ({ template: { spec: { artifact: given, ...template } } });

    it('takes parts of either kind', async () => {
      for (const part of [{ kind: 'sqlscript', flinkVersion: '2.3' }, { entryClass: 'a.B' }, { sqlScript: SCRIPT }, { kind: 'JAR' }]) {
        const answer = await put(defaults(part));
        expect(answer.status, answer.text).to.be.below(300);
      }
      expect((await put(defaults({ kind: 'OTHER' }))).body.message).to.match(/artifact\.kind: must be JAR or SQLSCRIPT/);
      expect((await put(defaults({ sqlScript: 'SELECT 1' }))).body.message).to.match(/is a query/);
    });
    it('has what the defaults say of its own kind alone', async () => {
      await put(defaults({ kind: 'JAR', entryClass: 'a.B', flinkVersion: '2.3' }));
      await api.post(sql());
      expect(await artifactOf()).to.deep.equal({ ...SQL, flinkVersion: '2.3' });
      await put(defaults({ kind: 'SQLSCRIPT', sqlScript: SCRIPT, flinkVersion: '2.3' }));
      const made = await api.post({ ...sql({ kind: 'JAR', jarUri: 'file:///x.jar' }), metadata: { name: 'b' } });
      expect(made.status, made.text).to.equal(201);
      expect(await artifactOf('b')).to.deep.equal({ kind: 'JAR', jarUri: 'file:///x.jar', flinkVersion: '2.3' });
    });
    it('is refused options that they bring along', async () => {
      await put(defaults({}, { flinkConfiguration: { 'table.dml-sync': 'true' } }));
      expect(await faultOf(sql())).to.match(/\["table\.dml-sync"\]: would make/);
      expect((await api.post(sql(JAR))).status).to.equal(201);
      expect((await put(defaults({ kind: 'SQLSCRIPT' }, { flinkConfiguration: { 'table.dml-sync': 'true' } }))).status).to.equal(400);
    });
    it('of all namespaces too', async () => {
      await withTargets(testApi(memoryStore(), undefined, { globalDefaults: { template: { spec: { artifact: { ...SQL } } } } }));
      const made = await api.post(manifest('a', { deploymentTargetName: 'with-gateway', template: null }));
      expect(made.status, made.text).to.equal(201);
      expect(await artifactOf()).to.deep.equal(SQL);
    });
  });
});
