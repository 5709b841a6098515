import { expect } from 'chai';
import { describe, it } from 'mocha';
import { configFolder } from '../support/config-folder.ts';

const DAY_MS = 86_400_000;
const NUMBER = 'vvp.job-service.max-number-jobs-in-terminal-state';
const INTERVAL = 'vvp.job-service.jobs-cleanup-interval';

describe('configuration of retention', () => {
  const { file, loaded, faults } = configFolder();

  it('keeps everything by default', () => {
    expect(loaded().settings.retention).to.deep.equal({ intervalMs: 900_000, rememberIdsMs: 7 * DAY_MS });
    expect(loaded().settings.metrics).to.deep.equal({ maxJobs: 20_000 });
  });
  it('limits Jobs and events by number and by age, and shows it', () => {
    file(
      'config/local.yaml',
      'drey:\n  retention: {max-age: 3650d, events-max-age: P30D, interval: 1h}\nvvp:\n  job-service:\n' +
        '    max-number-jobs-in-terminal-state: 20\n    jobs-cleanup-interval: 15m\n  event-service:\n    maxNumberEvents: 1337\n    eventsCleanupInterval: PT15M\n',
    );
    const { settings, effective, warnings } = loaded();
    expect(settings.retention).to.deep.equal({
      jobs: { keep: 20, intervalMs: 900_000 },
      events: { keep: 1337, intervalMs: 900_000 },
      maxAgeMs: 3650 * DAY_MS,
      eventsMaxAgeMs: 30 * DAY_MS,
      intervalMs: 3_600_000,
      rememberIdsMs: 7 * DAY_MS,
    });
    expect(settings).not.to.have.property('vvp');
    expect(effective).to.have.deep.property('vvp', {
      'job-service': { 'max-number-jobs-in-terminal-state': 20, 'jobs-cleanup-interval': '15m' },
      'event-service': { 'max-number-events': 1337, 'events-cleanup-interval': 'PT15M' },
    });
    expect(effective).to.have.deep.nested.property('drey.retention', {
      'max-age': '3650d',
      'events-max-age': 'P30D',
      interval: '1h',
      'remember-ids': '7d',
    });
    expect(warnings).to.deep.equal([]);
  });

  const spellings: [string, string][] = [
    ['as VVP documents it', 'vvp:\n  jobService: {maxNumberJobsInTerminalState: 3, jobsCleanupInterval: 15m}'],
    ['in kebab case', 'vvp:\n  job-service: {max-number-jobs-in-terminal-state: 3, jobs-cleanup-interval: 15m}'],
    ['by its short names', 'vvp:\n  job-service: {max-number-jobs-in-terminal-state: 3, cleanup-interval: 15m}'],
    ['by its short names in camel case', 'vvp:\n  jobService: {maxNumberJobsInTerminalState: 3, cleanupInterval: 900000}'],
    ['dotted at the root', 'vvp.jobService.maxNumberJobsInTerminalState: 3\nvvp.job-service.jobs-cleanup-interval: PT15M'],
    ['partly dotted', 'vvp.jobService:\n  maxNumberJobsInTerminalState: 3\nvvp:\n  jobService.jobsCleanupInterval: 15m'],
  ];
  for (const [how, text] of spellings) {
    it(`takes the limit of Jobs ${how}`, () => {
      file('config/local.yaml', `${text}\n`);
      expect(loaded().settings.retention.jobs).to.deep.equal({ keep: 3, intervalMs: 900_000 });
      expect(loaded().warnings).to.deep.equal([]);
    });
  }
  it('takes the limits from the environment, in both spellings and beside a file', () => {
    file('config/local.yaml', 'vvp.eventService.maxNumberEvents: 9\n');
    const { settings } = loaded({
      VVP_JOB_SERVICE_MAX_NUMBER_JOBS_IN_TERMINAL_STATE: '0',
      VVP_JOBSERVICE_JOBSCLEANUPINTERVAL: '15m',
      VVP_EVENT_SERVICE_CLEANUP_INTERVAL: '60000',
    });
    expect(settings.retention.jobs).to.deep.equal({ keep: 0, intervalMs: 900_000 });
    expect(settings.retention.events).to.deep.equal({ keep: 9, intervalMs: 60_000 });
  });

  const lone: [string, string, string][] = [
    [NUMBER, '3', INTERVAL],
    [INTERVAL, '15m', NUMBER],
    ['vvp.event-service.max-number-events', '3', 'vvp.event-service.events-cleanup-interval'],
    ['vvp.event-service.events-cleanup-interval', '15m', 'vvp.event-service.max-number-events'],
  ];
  for (const [given, value, missing] of lone) {
    it(`refuses ${given} alone and says what is missing`, () => {
      file('config/local.yaml', `${given}: ${value}\n`);
      expect(faults()).to.deep.equal([`config/local.yaml:1 ${given} is given without ${missing}, which is missing; give both or neither`]);
    });
  }
  const wrong: [string, RegExp][] = [
    ['1h30m', /^"1h30m" is not a duration; write one number with ns, us, ms, s, m, h or d \("90s"\), or ISO-8601 \("PT1M30S"\)$/],
    ['-5s', /^must be from 1ms to 24d, not "-5s"$/],
    ['0', /^must be from 1ms to 24d, not "0"$/],
    ['PT0S', /^must be from 1ms to 24d, not "PT0S"$/],
    ['500us', /^must be from 1ms to 24d, not "500us"$/],
    ['25d', /^must be from 1ms to 24d, not "25d"$/],
    ['', /^has no value; give it one or remove the line$/],
    ['[15m]', /^must be a string, not a list$/],
  ];
  for (const [value, message] of wrong) {
    it(`refuses "${value}" as an interval`, () => {
      file('config/local.yaml', `vvp.job-service:\n  max-number-jobs-in-terminal-state: 3\n  jobs-cleanup-interval: ${value}\n`);
      const prefix = `config/local.yaml:3 ${INTERVAL} `;
      const [told = '', ...more] = faults();
      expect(more).to.deep.equal([]);
      expect(told.slice(0, prefix.length)).to.equal(prefix);
      expect(told.slice(prefix.length)).to.match(message);
    });
  }
  for (const value of ['-1', '2.5', 'many', '99999999999']) {
    it(`refuses "${value}" as a number`, () => {
      file('config/local.yaml', `${NUMBER}: ${value}\n${INTERVAL}: 15m\n`);
      expect(faults()).to.have.length(1);
      expect(faults()[0]).to.match(/^config\/local\.yaml:1 vvp\.job-service\.max-number-jobs-in-terminal-state must be /);
    });
  }
  it('takes ages of up to ten years', () => {
    file('config/local.yaml', 'drey.retention: {max-age: 3651d, interval: 25d, remember-ids: 0s}\n');
    expect(faults()).to.deep.equal([
      'config/local.yaml:1 drey.retention.max-age must be from 1ms to 3650d, not "3651d"',
      'config/local.yaml:1 drey.retention.interval must be from 1ms to 24d, not "25d"',
      'config/local.yaml:1 drey.retention.remember-ids must be from 1ms to 3650d, not "0s"',
    ]);
  });
  it('refuses one setting under two of its names', () => {
    file(
      'config/local.yaml',
      'vvp:\n  jobService:\n    cleanupInterval: 1m\n    jobs-cleanup-interval: 1m\n    maxNumberJobsInTerminalState: 3\nvvp.jobService.maxNumberJobsInTerminalState: 4\n',
    );
    expect(faults()).to.deep.equal([
      'config/local.yaml:4 vvp.job-service.jobs-cleanup-interval is given twice, first at config/local.yaml:3',
      'config/local.yaml:6 vvp.job-service.maxNumberJobsInTerminalState is given twice, first at config/local.yaml:5',
    ]);
    expect(faults({ VVP_JOB_SERVICE_JOBS_CLEANUP_INTERVAL: '1m', VVP_JOBSERVICE_JOBSCLEANUPINTERVAL: '2m' })).to.include(
      'VVP_JOBSERVICE_JOBSCLEANUPINTERVAL and its other form are both set; unset one of them',
    );
  });
  it('names the other settings of VVP once, in one warning, with what was probably meant', () => {
    file(
      'config/local.yaml',
      'vvp:\n  auth: {enabled: false}\n  sqlService: {pool.size: 3}\n  jobService: {maxNumberJobInTerminalState: 3}\n  evnetService: {maxNumberEvents: 3}\n',
    );
    file('given.yaml', 'vvp.auth.enabled: true\n');
    const { warnings, settings } = loaded({ VVP_JOB_SERVICE_JOB_CLEANUP_INTERVAL: '1m', VVP_LICENSE: 'x' }, 'given.yaml');
    expect(warnings).to.deep.equal([
      'settings of VVP that have no effect in this release: vvp.auth.enabled, vvp.sqlService.pool.size, ' +
        `vvp.job-service.maxNumberJobInTerminalState (config/local.yaml:4; did you mean ${NUMBER}?), ` +
        'vvp.evnetService.maxNumberEvents (config/local.yaml:5; did you mean vvp.event-service.max-number-events?), ' +
        'VVP_JOB_SERVICE_JOB_CLEANUP_INTERVAL (did you mean VVP_JOB_SERVICE_JOBS_CLEANUP_INTERVAL?), VVP_LICENSE',
    ]);
    expect(settings.retention).not.to.have.any.keys('jobs', 'events');
  });
  it('tells with the faults what has no effect: what is missing may be there, misspelt', () => {
    file('config/local.yaml', 'vvp.jobService:\n  maxNumberJobsInTerminalState: 3\n  jobsCleanupIntervall: 15m\n');
    expect(faults()).to.deep.equal([
      `config/local.yaml:2 ${NUMBER} is given without ${INTERVAL}, which is missing; give both or neither`,
      'settings of VVP that have no effect in this release: ' +
        `vvp.job-service.jobsCleanupIntervall (config/local.yaml:3; did you mean ${INTERVAL}?)`,
    ]);
  });
  it('refuses a service that is no section', () => {
    file('config/local.yaml', 'vvp:\n  jobService: 5\n');
    expect(faults()).to.deep.equal(['config/local.yaml:2 vvp.job-service is a section; write its settings below it']);
  });
});
