import { hint } from '../schema/did-you-mean.ts';
import { usage } from './exit.ts';

/** The word of `allowed` that was written, in either case. Throws a usage error that names the one that was probably meant. */
export function choose<T extends string>(what: string, word: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one.toLowerCase() === word.toLowerCase());
  if (found === undefined) throw usage(`"${word}" is not ${what}${hint(word, allowed)}`);
  return found;
}
