import { distance } from 'fastest-levenshtein';

/** Nothing that is called by a name is longer. */
const LONGEST = 250;

/** The candidate that `word` probably stands for: two letters or a third of them wrong at most, case apart; one letter in a short word. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  const wanted = word.toLowerCase();
  const ranked = candidates
    .map((candidate) => ({ candidate, wrong: distance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.wrong - b.wrong);
  const [best] = ranked;
  const most = wanted.length < 4 ? 1 : Math.max(2, Math.floor(wanted.length / 3));
  return best !== undefined && best.wrong <= most ? best.candidate : undefined;
}

/** `; did you mean "x"?`, or else what there is to choose from: to be put behind a sentence. */
export function hint(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  if (near !== undefined) return `; did you mean "${near}"?`;
  return candidates.length === 0 ? '' : `; known here: ${candidates.join(', ')}`;
}
