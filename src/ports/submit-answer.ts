/** How a submission was answered. */
export type SubmitAnswer =
  /** The Flink job exists under our id. */
  | { readonly kind: 'accepted' }
  /** main() runs in the background: still in doubt. */
  | { readonly kind: 'pending' }
  /** The id is in use: an earlier submission arrived. */
  | { readonly kind: 'duplicate' }
  /** Flink or main() refused it for good; `message` is the root cause. */
  | { readonly kind: 'refused'; readonly endpoint?: string; readonly message: string }
  /** It certainly did not reach Flink: try again later. */
  | { readonly kind: 'notSubmitted'; readonly message: string }
  /** Anything else: it may have arrived, or still arrive. */
  | { readonly kind: 'inDoubt'; readonly message: string };
