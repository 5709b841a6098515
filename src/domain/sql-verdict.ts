import type { TextPlace } from './sql-lexer.ts';

/** What a check says of a statement, or of a script: of its job, or else of its last statement. */
export type SqlVerdict =
  | { readonly kind: 'valid'; readonly what: 'insert' | 'query' | 'definition' | 'command' }
  | {
      readonly kind: 'invalid';
      /** `statement`: it is no SQL, or cannot be carried out; `query`: what it names or computes is wrong; `connector`: a table's options are. */
      readonly why: 'statement' | 'query' | 'connector' | 'unsupported';
      readonly message: string;
      readonly from: TextPlace;
      readonly to: TextPlace;
    };
