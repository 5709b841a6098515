import { describe } from 'mocha';
import { memoryStore } from '../support/memory-store.ts';
import { storeContract } from '../support/store-contract.ts';

describe('store in memory', () => storeContract(() => Promise.resolve({ store: memoryStore(), close: () => Promise.resolve() })));
