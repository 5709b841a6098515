/** What is wrong with the name of a Deployment, a Namespace or an ApiToken, as a sentence; undefined: nothing. */
export function nameFault(name: string): string | undefined {
  if (/^(?!-)[-0-9a-z]{1,63}(?<!-)$/.test(name)) return undefined;
  const near = name
    .toLowerCase()
    .replaceAll(/[^-0-9a-z]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '');
  return `"${name.slice(0, 80)}" is not a name; use at most 63 of a-z, 0-9 and "-", with no "-" at either end${near === '' ? '' : `; did you mean "${near}"?`}`;
}
