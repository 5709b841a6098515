import { expect } from 'chai';
import { describe, it } from 'mocha';
import { configFolder } from '../support/config-folder.ts';

const KEY = Buffer.alloc(32, 9).toString('base64');

describe('configuration of secrets and defaults', () => {
  const { folder, file, loaded, faults } = configFolder();

  it('has no key and no defaults unless they are given', () => {
    const { settings } = loaded();
    expect(settings).not.to.have.property('secretKey');
    expect(settings.globalDefaults).to.deep.equal({});
  });
  it('takes a key from the environment, or from a file, and never shows it', () => {
    expect(loaded({ DREY_SECRETS_KEY: KEY }).settings.secretKey).to.deep.equal(Buffer.alloc(32, 9));
    file('key', `${Buffer.alloc(32, 8).toString('hex')}\n`);
    const { settings, effective } = loaded({ DREY_SECRETS_KEY_FILE: `${folder()}/key` });
    expect(settings.secretKey).to.deep.equal(Buffer.alloc(32, 8));
    expect(effective).to.have.nested.property('drey.secrets.key', '***');
    const [fault] = faults({ DREY_SECRETS_KEY: 'geheim' });
    expect(fault)
      .to.match(/must be 32 bytes as base64 or hex/)
      .and.not.include('geheim');
  });
  const yaml = (lines: string): string => `vvp:\n  globalDeploymentDefaults: |\n${lines.replaceAll(/^/gm, '    ')}\n`;

  it('takes the global defaults as VVP writes them', () => {
    file(
      'config/local.yaml',
      yaml('spec:\n  upgradeStrategy:\n    kind: stateless\n  template:\n    spec:\n      flinkConfiguration:\n        a: 3'),
    );
    expect(loaded().settings.globalDefaults).to.deep.equal({
      upgradeStrategy: { kind: 'STATELESS' },
      template: { spec: { flinkConfiguration: { a: 3 } } },
    });
    expect(loaded({ VVP_GLOBAL_DEPLOYMENT_DEFAULTS: 'spec: {state: RUNNING}' }).settings.globalDefaults).to.deep.equal({
      state: 'RUNNING',
    });
  });
  it('tells each of their faults with its line', () => {
    file('config/local.yaml', yaml('spec:\n  stat: RUNNING\n  template:\n    spec:\n      parallelism: none'));
    expect(faults()).to.deep.equal([
      'config/local.yaml:2 vvp.global-deployment-defaults line 2 of it: spec.stat unknown field; did you mean "state"?; ' +
        'line 5 of it: spec.template.spec.parallelism must be an integer, not "none"',
    ]);
    file('config/local.yaml', yaml('spec: [1\nx: 2'));
    expect(faults()[0]).to.match(/vvp\.global-deployment-defaults is not YAML: line \d of it: /);
    file('config/local.yaml', 'vvp:\n  globalDeploymentDefaults:\n    spec: {}\n');
    expect(faults()).to.deep.equal(['config/local.yaml:2 vvp.global-deployment-defaults must be a string, not an object']);
  });
});
