/** What one part of a selector wants of a label. `in` and `notIn` hold the values; a missing label fits `notIn`, as in Kubernetes. */
type Requirement = { readonly key: string } & (
  { readonly wants: 'there' | 'absent' } | { readonly wants: 'in' | 'notIn'; readonly values: readonly string[] }
);

export type LabelSelector = readonly Requirement[];

type Labels = Readonly<Record<string, string>>;

const SIGNS = /[\s,()=!]/;

/**
 * Reads Kubernetes' syntax: `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x,y)`, `a`, `!a`, with commas between them, all of which must
 * fit. Throws a sentence with the place of what it cannot read.
 */
export function parseLabelSelector(text: string): LabelSelector {
  let at = 0;
  const fail = (wanted: string): never => {
    const found = at < text.length ? `"${text.slice(at, at + 20)}"` : 'its end';
    throw new Error(`at character ${at + 1}: expected ${wanted}, found ${found}`);
  };
  const skipSpace = (): void => {
    while (/\s/.test(text.charAt(at))) at++;
  };
  const taken = (sign: string): boolean => {
    skipSpace();
    if (!text.startsWith(sign, at)) return false;
    at += sign.length;
    return true;
  };
  /** What stands up to the next sign; may be empty, as values may. */
  const word = (): string => {
    skipSpace();
    const from = at;
    while (at < text.length && !SIGNS.test(text.charAt(at))) at++;
    return text.slice(from, at);
  };
  const key = (): string => {
    const found = word();
    return found === '' ? fail('the key of a label') : found;
  };
  const set = (): string[] => {
    if (!taken('(')) fail('"("');
    const values = [word()];
    while (taken(',')) values.push(word());
    if (!taken(')')) fail('"," or ")"');
    return values;
  };
  const requirement = (): Requirement => {
    if (taken('!')) return { key: key(), wants: 'absent' };
    const label = key();
    if (taken('!=')) return { key: label, wants: 'notIn', values: [word()] };
    if (taken('==') || taken('=')) return { key: label, wants: 'in', values: [word()] };
    skipSpace();
    const before = at;
    const operator = word();
    if (operator === 'in') return { key: label, wants: 'in', values: set() };
    if (operator === 'notin') return { key: label, wants: 'notIn', values: set() };
    at = before;
    return { key: label, wants: 'there' };
  };

  skipSpace();
  if (at === text.length) return [];
  const selector = [requirement()];
  while (taken(',')) selector.push(requirement());
  skipSpace();
  if (at < text.length) fail('"=", "!=", "in", "notin" or ","');
  return selector;
}

export const selects = (selector: LabelSelector, labels: Labels): boolean => selector.every((requirement) => fits(requirement, labels));

function fits(requirement: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.wants) {
    case 'there':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'in':
      return value !== undefined && requirement.values.includes(value);
    case 'notIn':
      return value === undefined || !requirement.values.includes(value);
  }
}
