import { faultsOf } from '../src/schema/faults.ts';
import type { Leaf } from './names.ts';

/** A setting as one source gives it. `origin`: `config/local.yaml:12`, or the name of a variable. */
export interface Entry {
  readonly leaf: Leaf;
  readonly value: unknown;
  readonly origin: string;
}

/** What one source says, and everything that is wrong with it, each fault with its origin in front. */
export interface Source {
  readonly entries: readonly Entry[];
  readonly faults: readonly string[];
  /** Keys of VVP's that are accepted and have no effect. */
  readonly withoutEffect: readonly string[];
}

/** The faults of one value, said with its origin and its name. */
export const faultsOfEntry = ({ leaf, value, origin }: Entry): string[] =>
  faultsOf(leaf.schema, value).map(({ message }) =>
    origin === leaf.variable ? `${origin} ${message}` : `${origin} ${leaf.name} ${message}`,
  );
