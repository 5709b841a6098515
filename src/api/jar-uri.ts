import { fileURLToPath } from 'node:url';

/** What is wrong with a `jarUri`, as a sentence; undefined: it is a `file:` URI of an absolute path. */
export function jarUriFault(text: string): string | undefined {
  if (!/^file:/i.test(text)) return `"${text}" is not a file: URI; write file:///path/of/the.jar, as the daemon sees it`;
  try {
    const url = new URL(text);
    if (url.search !== '' || url.hash !== '') return `"${text}" has a ? or #; a jar is a plain path (write %3F and %23 for these signs)`;
    const path = fileURLToPath(url);
    if (path.includes('\0') || path.endsWith('/') || !/^file:\/(?:\/(?:localhost)?\/)?(?!\/)/i.test(text)) {
      return `"${text}" does not name a file by an absolute path; write file:///path/of/the.jar`;
    }
    return undefined;
  } catch (error) {
    return `"${text}" is not a file: URI (${error instanceof Error ? error.message : String(error)}); write file:///path/of/the.jar`;
  }
}

/** The scheme of a URI that a later release fetches from; undefined for `file:`, or for what is no URI at all. */
export function laterScheme(text: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  return scheme === 'file' ? undefined : scheme;
}
