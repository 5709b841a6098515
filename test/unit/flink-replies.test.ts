import { expect } from 'chai';
import { describe, it } from 'mocha';
import * as replies from '../../src/flink/replies.ts';
import { submissionAnswer, submissionBody } from '../../src/flink/submission.ts';
import { rootCause, throwables } from '../../src/flink/throwables.ts';
import { aJob } from '../support/factories.ts';
import { texts, trace } from '../support/flink-simulator/texts.ts';

const ID = '0190000000007000800000000000000a';
const OTHER = '0190000000007000800000000000000b';

const overviewJob = (given: object = {}): object => ({
  jid: ID,
  name: 'x',
  state: 'RUNNING',
  'start-time': 5,
  tasks: { running: 1, total: 1 },
  ...given,
});
const overview = (...jobs: object[]): string => JSON.stringify({ jobs });
const listed = (given: object) => replies.readOverview(overview(overviewJob(given)))?.get(ID);

describe('What Flink answers', () => {
  describe('jobs', () => {
    const tasks: [string, object, boolean, string | undefined][] = [
      ['all run', { running: 2, total: 2 }, true, undefined],
      ['one finished, one runs', { running: 1, finished: 1, total: 2 }, true, undefined],
      ['later stages of a batch job', { running: 1, created: 3, total: 4 }, true, undefined],
      ['one waits', { running: 1, scheduled: 1, total: 2 }, false, '1 of 2 tasks waits for a slot'],
      ['several wait', { scheduled: 9, total: 9 }, false, '9 of 9 tasks wait for a slot'],
      ['being deployed', { deploying: 1, running: 3, total: 4 }, false, '1 of 4 tasks is being deployed'],
      ['restoring', { initializing: 2, running: 3, total: 5 }, false, '2 of 5 tasks restore their state'],
      ['none runs yet', { created: 2, total: 2 }, false, '0 of 2 tasks run'],
      ['no tasks', { total: 0 }, false, 'Flink has not made its tasks yet'],
    ];
    for (const [name, counts, tasksReady, progress] of tasks) {
      it(`${name}: ${tasksReady ? 'ready' : String(progress)}`, () => {
        const job = listed({ tasks: counts });
        expect([job?.tasksReady, job?.progress]).to.deep.equal([tasksReady, progress]);
      });
    }

    it('an unknown word is undefined, and the job is still listed', () => {
      expect(listed({ state: 'HIBERNATING' })).to.include({ id: ID, word: undefined });
    });
    it('ids are lower case', () => {
      const jid = ID.toUpperCase();
      expect([...(replies.readOverview(overview(overviewJob({ jid }))) ?? []).keys()]).to.deep.equal([ID]);
    });
    it('tasks of one job are counted over its vertices', () => {
      const vertices = [{ tasks: { RUNNING: 2, SCHEDULED: 0 } }, { tasks: { RUNNING: 1, SCHEDULED: 1 } }];
      const job = replies.readDetails(JSON.stringify({ jid: ID, state: 'RUNNING', 'start-time': 1, vertices }));
      expect(job?.progress).to.equal('1 of 4 tasks waits for a slot');
    });
  });

  describe('answers that are not of their shape', () => {
    const odd: [string, string][] = [
      ['nothing', ''],
      ['HTML', '<html>Welcome</html>'],
      ['half a JSON', '{"jobs":['],
      ['null', 'null'],
      ['another object', '{"message":"hello"}'],
      ['jobs that are no list', '{"jobs":{}}'],
      ['a job without an id', overview({ state: 'RUNNING', 'start-time': 1, tasks: {} })],
      ['an id that is none', overview(overviewJob({ jid: '../../etc' }))],
      ['a start time in words', overview(overviewJob({ 'start-time': 'yesterday' }))],
      ['counts in words', overview(overviewJob({ tasks: { running: 'two' } }))],
    ];
    for (const [name, text] of odd) {
      it(`overview, ${name}: not understood`, () => expect(replies.readOverview(text)).to.equal(undefined));
    }
  });

  describe('the JobManager', () => {
    const jobManager = (settings: Record<string, string>) =>
      replies.readJobManager(JSON.stringify(Object.entries(settings).map(([key, value]) => ({ key, value }))));
    const uuid = '140d4835-9a67-4d2d-8bf7-1f3f8a1f9b11';
    const tmpdir = { 'web.tmpdir': `/var/work/flink-web-${uuid}` };

    it('is named by the end of web.tmpdir', () => expect(jobManager(tmpdir)?.fingerprint).to.equal(uuid));
    it('without it is not understood', () => expect(jobManager({ 'web.tmpdir': '/var/work' })).to.equal(undefined));
    for (const [settings, highAvailability] of [
      [{}, false],
      [{ 'high-availability.type': 'NONE' }, false],
      [{ 'high-availability.type': 'none' }, false],
      [{ 'high-availability.type': 'kubernetes' }, true],
      [{ 'high-availability': 'zookeeper' }, true],
    ] as [Record<string, string>, boolean][]) {
      it(`${JSON.stringify(settings)}: high availability ${String(highAvailability)}`, () => {
        expect(jobManager({ ...tmpdir, ...settings })?.highAvailability).to.equal(highAvailability);
      });
    }
  });

  describe('metrics', () => {
    for (const [text, value] of [
      ['[]', {}],
      ['[{"id":"numRestarts","value":"4"}]', { restarts: 4 }],
      ['[{"id":"numRestarts","value":"NaN"}]', {}],
      ['[{"id":"numRestarts"}]', {}],
      ['[{"id":"other","value":"4"}]', {}],
      ['[{"id":"numberOfCompletedCheckpoints","value":"7"}]', { checkpoints: { completed: 7, failed: 0 } }],
      [
        '[{"id":"numberOfFailedCheckpoints","value":"1"},{"id":"lastCheckpointExternalPath","value":"file:/chk-2"},{"id":"numberOfCompletedCheckpoints","value":"2"}]',
        { checkpoints: { completed: 2, failed: 1, lastPath: 'file:/chk-2' } },
      ],
      [
        '[{"id":"numberOfCompletedCheckpoints","value":"0"},{"id":"lastCheckpointExternalPath","value":"n/a"}]',
        { checkpoints: { completed: 0, failed: 0 } },
      ],
    ] as [string, object][]) {
      it(`${text}: ${JSON.stringify(value)}`, () => expect(replies.readMetrics(text)).to.deep.equal(value));
    }
  });

  describe('causes', () => {
    const cause = (...chain: string[]): string | undefined => rootCause(throwables(trace(...chain)));

    it('the last one', () => {
      expect(cause('a.B: outer', 'c.D: middle', 'java.lang.IllegalStateException: told to fail')).to.equal(
        'java.lang.IllegalStateException: told to fail',
      );
    });
    it('in all its lines', () => expect(cause('a.B: outer', 'c.D: first\n  second: line')).to.equal('c.D: first\n  second: line'));
    it('without a message: with the place', () => {
      expect(cause('a.B: outer', 'java.lang.NullPointerException')).to.equal(
        'java.lang.NullPointerException at org.apache.flink.simulated.Frame.call(Frame.java:1)',
      );
    });
    it('suppressed exceptions do not count', () => {
      const text =
        'a.B: outer\n\tat x.Y.z(Y.java:1)\n\tSuppressed: e.F: closing failed\n\t\tat x.Y.z(Y.java:2)\nCaused by: c.D: inner\n\t... 2 more\n';
      expect(rootCause(throwables(text))).to.equal('c.D: inner');
    });
    it('a value that cannot be parsed is named with its key', () => {
      expect(
        cause("java.lang.IllegalArgumentException: Could not parse value 'x' for key 'k'.", 'java.lang.NumberFormatException: x'),
      ).to.equal("java.lang.IllegalArgumentException: Could not parse value 'x' for key 'k'.");
    });
    it('a missing entry class is named as such', () => {
      const answer = submissionAnswer(answered(texts.classMissing('nope.Nope')), ID);
      expect(answer).to.have.property('message').that.contains("entry point class 'nope.Nope' was not found");
    });
    it('of a task, which was serialized on the way: without its class twice', () => {
      expect(cause('a.B: outer', 'c.D: c.D: told to')).to.equal('c.D: told to');
    });
    it('a file system that is missing is named, not the one of Hadoop', () => {
      const missing = 'org.apache.flink.core.fs.UnsupportedFileSystemSchemeException: ';
      expect(cause('a.B: outer', `${missing}no 's4'`, `${missing}Hadoop is not there`)).to.equal(`${missing}no 's4'`);
    });
    it('of a connection that was refused: with its address', () => {
      const refused =
        'org.apache.flink.shaded.netty4.io.netty.channel.AbstractChannel$AnnotatedConnectException: Connection refused: jm:8081';
      expect(cause('a.B: outer', `c.D: ${refused}`, refused, 'java.net.ConnectException: Connection refused')).to.equal(refused);
    });
    it('a long one is cut', () => expect(cause(`a.B: ${'x'.repeat(5000)}`)).to.have.lengthOf.below(1100));
    it('no stack trace, no cause', () => expect(rootCause(throwables('Something is wrong.'))).to.equal(undefined));
  });

  describe('a submission', () => {
    const JM_TIMEOUT = [
      "org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: Failed to execute job 'x'.",
      "org.apache.flink.util.FlinkException: Failed to execute job 'x'.",
      'java.util.concurrent.TimeoutException: Invocation of submitJob timed out',
    ];
    const USER_TIMEOUT = [
      'org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: no broker',
      'org.apache.kafka.common.errors.TimeoutException: no broker',
    ];
    const table: [string, Parameters<typeof submissionAnswer>[0], string, string?][] = [
      ['200 with our id', answered({ status: 200, body: `{"jobid":"${ID}"}` }), 'accepted'],
      ['200 with our id in upper case', answered({ status: 200, body: `{"jobid":"${ID.toUpperCase()}"}` }), 'accepted'],
      ['200 with another id', answered({ status: 200, body: `{"jobid":"${OTHER}"}` }), 'inDoubt'],
      ['202', answered({ status: 202, body: `{"applicationid":"${ID}"}` }), 'pending'],
      ['200 with HTML', answered({ status: 200, body: '<html>' }), 'inDoubt'],
      ['a redirect', answered({ status: 302, body: '' }), 'inDoubt'],
      ['502 of a proxy', answered({ status: 502, body: 'Bad Gateway' }), 'inDoubt'],
      ['503 of a proxy', answered({ status: 503, body: '<html>' }), 'inDoubt'],
      ['leader election', answered(texts.election), 'notSubmitted'],
      ['unknown jar', answered(texts.jarMissing('x.jar')), 'notSubmitted', 'Jar file'],
      ['no such endpoint', answered(texts.unknownPost('/jars/x/run-application')), 'notSubmitted'],
      ['duplicate job', answered(texts.duplicateRun('1.20.0')), 'duplicate'],
      ['duplicate application, by run', answered(texts.duplicateRun('2.3.0')), 'duplicate'],
      ['duplicate application', answered(texts.duplicateApplication), 'duplicate'],
      [
        'main() threw',
        answered(texts.mainThrew(['x.ProgramInvocationException: The main method caused an error: told to', 'a.B: told to'])),
        'refused',
        'a.B: told to',
      ],
      ['main() threw a time-out of its own', answered(texts.mainThrew(USER_TIMEOUT)), 'refused', 'no broker'],
      ['the Dispatcher timed out', answered(texts.mainThrew(JM_TIMEOUT)), 'inDoubt', 'submitJob timed out'],
      ['no jobs', answered(texts.noJobs), 'refused', 'No jobs included'],
      ['missing entry class', answered(texts.classMissing('a.B')), 'refused', "'a.B'"],
      ['bad configuration', answered(texts.badDefault('parallelism.default', 'x')), 'refused', 'parallelism.default'],
      ['bad format', answered(texts.format('JarRunRequestBody', 'not an Integer')), 'refused', 'not an Integer'],
      ['a job that could not be initialised', answered(texts.notInitialized('file:/nope')), 'accepted'],
      ['an unforeseen 500', answered(texts.unknownJobStatus(ID)), 'inDoubt'],
      ['never sent', { kind: 'notSent', message: 'refused' }, 'notSubmitted', 'refused'],
      ['broken off', { kind: 'unknown', message: 'reset' }, 'inDoubt', 'reset'],
    ];
    for (const [name, delivery, kind, message] of table) {
      it(`${name}: ${kind}`, () => {
        const answer = submissionAnswer(delivery, ID);
        expect(answer.kind).to.equal(kind);
        if (message !== undefined) expect(answer).to.have.property('message').that.contains(message);
      });
    }
    it('is not taken for a duplicate because a user says so', () => {
      const chain = ['x.ProgramInvocationException: The main method caused an error: x', 'a.B: DuplicateJobSubmissionException'];
      expect(submissionAnswer(answered(texts.mainThrew(chain)), ID).kind).to.equal('refused');
    });

    it('carries the Job: id without dashes, arguments as a list', () => {
      const job = aJob({ id: '01900000-0000-7000-8000-00000000000a' });
      const artifact = { ...job.spec.artifact, entryClass: 'a.B', mainArgs: '--name "two words"' };
      const spec = { ...job.spec, artifact, parallelism: 3, flinkConfiguration: { 'pipeline.name': 'x' } };
      expect(submissionBody({ ...job, spec })).to.deep.equal({
        entryClass: 'a.B',
        programArgsList: ['--name', 'two words'],
        parallelism: 3,
        jobId: ID,
        allowNonRestoredState: false,
        flinkConfiguration: { 'pipeline.name': 'x' },
      });
      expect(submissionBody({ ...job, spec: { ...spec, savepointLocation: 'file:/sp', allowNonRestoredState: true } })).to.include({
        savepointPath: 'file:/sp',
        claimMode: 'NO_CLAIM',
        allowNonRestoredState: true,
      });
    });
  });
});

function answered({ status, body }: { status: number; body: string }): Parameters<typeof submissionAnswer>[0] {
  return { kind: 'answered', reply: { status, text: body } };
}
