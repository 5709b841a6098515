import { describe } from 'mocha';
import { memoryStore } from '../support/memory-store.ts';
import { accessContract } from '../support/store-contract/access.ts';
import { changesContract } from '../support/store-contract/changes.ts';
import { declarationsContract } from '../support/store-contract/declarations.ts';
import { keysContract } from '../support/store-contract/keys.ts';
import { straysAndRetentionContract } from '../support/store-contract/strays-and-retention.ts';
import { targetsAndListingsContract } from '../support/store-contract/targets-and-listings.ts';
import { watchingContract } from '../support/store-contract/watching.ts';
import { storeWorld } from '../support/store-contract/world.ts';

describe('store in memory', () => {
  const world = storeWorld(() => Promise.resolve({ store: memoryStore(), close: () => Promise.resolve() }));
  changesContract(world);
  targetsAndListingsContract(world);
  straysAndRetentionContract(world);
  accessContract(world);
  declarationsContract(world);
  keysContract(world);
  watchingContract(world);
});
