import type { Engine } from '../engine/engine.ts';
import type { Log, Store } from '../ports.ts';

/** What the API is made of. */
export interface ApiParts {
  readonly store: Store;
  readonly engine: Engine;
  /** Over how many sweeps the targets are spread. */
  readonly shards: number;
  readonly version: string;
  readonly log: Log;
}
