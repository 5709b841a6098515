import { expect } from 'chai';
import { it } from 'mocha';
import { v7 as uuid } from 'uuid';
import type { DeploymentDefaults } from '../../../src/domain/deployment-defaults.ts';
import type { SecretValue } from '../../../src/domain/secret-value.ts';
import { codeOf, type StoreWorld } from './world.ts';

/** What a Store promises about secrets and defaults. */
export function declarationsContract(world: StoreWorld): void {
  const aSecret = async (name: string): Promise<SecretValue> => {
    const now = await world.store.now();
    const times = { createdAt: now, modifiedAt: now };
    return {
      id: uuid(),
      namespace: 'default',
      name,
      sealed: 'v1.a.b.c',
      formerSealed: [],
      labels: {},
      annotations: {},
      ...times,
      version: 1,
    };
  };

  it('keeps secrets by their names, in one namespace each', async () => {
    const secret = await aSecret('Token_1');
    await world.store.insertSecretValue(secret);
    expect(await codeOf(world.store.insertSecretValue({ ...secret, id: uuid() }))).to.equal('conflict');
    await world.store.insertSecretValue({ ...secret, id: uuid(), namespace: 'other' });
    await world.store.insertSecretValue({ ...(await aSecret('token_1')) });
    expect(await world.store.secretValue('default', 'Token_1')).to.deep.equal(secret);
    expect(await world.store.secretValue('default', 'TOKEN_1')).to.equal(undefined);
    expect((await world.store.secretValues('default')).map(({ name }) => name)).to.deep.equal(['Token_1', 'token_1']);
  });
  it('changes and removes a secret under its version', async () => {
    const secret = await aSecret('changing');
    await world.store.insertSecretValue(secret);
    const changed = await world.store.updateSecretValue({
      ...secret,
      sealed: 'v1.a.b.d',
      formerSealed: [secret.sealed],
      labels: { x: 'y' },
    });
    expect(changed).to.deep.include({ sealed: 'v1.a.b.d', formerSealed: ['v1.a.b.c'], labels: { x: 'y' }, version: 2 });
    expect(await world.store.secretValue('default', 'changing')).to.deep.equal(changed);
    expect(await codeOf(world.store.updateSecretValue(secret))).to.equal('stalePrecondition');
    expect(await codeOf(world.store.deleteSecretValue(secret))).to.equal('stalePrecondition');
    await world.store.deleteSecretValue(changed);
    expect(await world.store.secretValue('default', 'changing')).to.equal(undefined);
  });
  it('writes the defaults of a namespace under their version, once for the first', async () => {
    const now = await world.store.now();
    const first: DeploymentDefaults = {
      id: uuid(),
      namespace: 'defaults',
      spec: { template: { spec: { parallelism: 2 } } },
      labels: {},
      annotations: { a: 'b' },
      createdAt: now,
      modifiedAt: now,
      version: 0,
    };
    expect(await world.store.deploymentDefaults('defaults')).to.equal(undefined);
    const written = await world.store.writeDeploymentDefaults(first);
    expect(written).to.deep.equal({ ...first, version: 1, modifiedAt: written.modifiedAt });
    expect(await world.store.deploymentDefaults('defaults')).to.deep.equal(written);
    expect(await codeOf(world.store.writeDeploymentDefaults(first))).to.equal('stalePrecondition');
    const changed = await world.store.writeDeploymentDefaults({ ...written, spec: {} });
    expect(changed).to.deep.include({ spec: {}, version: 2 });
    expect(await codeOf(world.store.writeDeploymentDefaults(written))).to.equal('stalePrecondition');
  });
  it('keeps with a Deployment the defaults that it was made with', async () => {
    const defaults = { template: { spec: { parallelism: 2 } } };
    const made = await world.stored({ defaults });
    expect(await world.store.deployment('default', made.id)).to.deep.equal(made);
    expect((await world.store.deployment('default', (await world.stored()).id))?.defaults).to.equal(undefined);
  });
}
