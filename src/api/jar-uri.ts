import { fileURLToPath } from 'node:url';
import { filenameFault, parseArtifactUri } from '../domain/stored-artifact.ts';

const WRITE = 'write file:///path/of/the.jar';
const SCHEMES = ['artifact', 'file', 'http', 'https', 's3'];

/** What is wrong with a `jarUri`, as a sentence; undefined: nothing. What a `${secret}` in it stands for is not known, so the rest is not judged. */
export function jarUriFault(text: string): string | undefined {
  if (text.startsWith('${')) return undefined;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || !SCHEMES.includes(scheme)) {
    return `"${text}" is not a URI that a jar is fetched by (${SCHEMES.map((one) => `${one}:`).join(', ')}); ${WRITE}, as the daemon sees it`;
  }
  // No brace within: a text of many open ones would be searched to its end from each.
  if (/\$\{[^{}]*\}/.test(text)) return undefined;
  if (scheme === 'file') return fileFault(text);
  if (scheme === 'artifact') return storeFault(text);
  return scheme === 's3' ? s3Fault(text) : httpFault(text);
}

function fileFault(text: string): string | undefined {
  try {
    const url = new URL(text);
    if (url.search !== '' || url.hash !== '') return `"${text}" has a ? or #; a jar is a plain path (write %3F and %23 for these signs)`;
    const path = fileURLToPath(url);
    if (path.includes('\0') || path.endsWith('/') || !/^file:\/(?:\/(?:localhost)?\/)?(?!\/)/i.test(text)) {
      return `"${text}" does not name a file by an absolute path; ${WRITE}`;
    }
    return undefined;
  } catch (error) {
    return `"${text}" is not a file: URI (${error instanceof Error ? error.message : String(error)}); ${WRITE}`;
  }
}

function storeFault(text: string): string | undefined {
  const fault = `"${text}" is not a URI of the artifact store; write artifact://namespaces/NAMESPACE/FILE, as \`drey artifact list\` shows it`;
  const place = parseArtifactUri(text);
  return place === undefined || filenameFault(place.filename) !== undefined ? fault : undefined;
}

const s3Fault = (text: string): string | undefined =>
  /^s3:\/\/[0-9a-z][0-9a-z.-]{1,61}[0-9a-z]\/[^\0]*[^/\0]$/i.test(text) && !/\/\.{1,2}(\/|$)/.test(text)
    ? undefined
    : `"${text}" does not name an object; write s3://bucket/path/of/the.jar`;

/** A password in it would be shown to everyone who reads the Deployment. */
function httpFault(text: string): string | undefined {
  const example = 'write https://host/path/of/the.jar';
  if (!/^https?:\/\/[^\s\\#]+$/i.test(text) || !URL.canParse(text)) return `"${text}" is not the URL of a jar; ${example}`;
  const { password } = new URL(text);
  return password === ''
    ? undefined
    : 'the URL has a password in it, which everyone could read; put it into a SecretValue and write ${name} in its place';
}
