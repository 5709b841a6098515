import { expect } from 'chai';
import { describe, it } from 'mocha';
import { sessionDriver } from '../../src/targets/session.ts';
import { targetAt } from '../support/factories.ts';
import { FLINK_LIMITS } from '../support/session-world.ts';

describe('what metrics call a target', () => {
  it('is its name, in another namespace than default behind that, and its id too where the name is taken', async () => {
    const heard: string[] = [];
    const ignore = (): void => undefined;
    const listener = { flinkAsked: ignore, breakerMoved: ignore, targetLooked: (name: string) => heard.push(name) };
    const driver = sessionDriver(FLINK_LIMITS, () => Promise.reject(new Error('no jar')), listener);
    const targets = [
      targetAt('http://localhost:1/a'),
      { ...targetAt('http://localhost:1/b'), namespace: 'team' },
      { ...targetAt('http://localhost:1/c'), namespace: 'team', id: 'other' },
    ];
    for (const target of targets) await driver.cluster(target).view().catch(ignore);
    await driver.close();
    expect(heard).to.deep.equal(['local', 'team/local', 'team/local (other)']);
  });
});
