/** A request that may be repeated: hashes (64 hex digits) of its key with its sender, and of its method, path and body. */
export interface KeyedRequest {
  readonly key: string;
  readonly request: string;
  /** The id of what it makes, when it is the first under its key. */
  readonly resourceId: string;
}

/** What a request under a key is to do. */
export type Claim =
  /** Make the resource under this id. `isResumed`: an earlier request may have made it, and died before it said so. */
  | { readonly kind: 'mine'; readonly resourceId: string; readonly isResumed: boolean }
  | { readonly kind: 'underWay' }
  | { readonly kind: 'otherRequest' }
  /** It was made, and is at this path. */
  | { readonly kind: 'done'; readonly location: string };

/** What was made under which Idempotency-Key. Keys are forgotten after 24 hours. */
export interface KeyStore {
  /** Of several requests under one key, one has it for 30 s. */
  claimKey(request: KeyedRequest): Promise<Claim>;
  settleKey(key: string, location: string): Promise<void>;
  /** Nothing was made: the key is as good as new. */
  dropKey(key: string): Promise<void>;
  /** Nobody knows whether anything was made: the next request under the key goes on, with the same id. */
  yieldKey(key: string): Promise<void>;
  /** Forgets at most so many keys whose time is over. */
  forgetKeys(most: number): Promise<number>;
}
