/** What a value of `flinkConfiguration` may stand open for, until its Job is made. */
export const PLACEHOLDERS = ['deploymentName', 'deploymentId', 'jobId', 'namespace'] as const;
type Placeholder = (typeof PLACEHOLDERS)[number];

/** `{{jobId}}`, also with spaces inside. */
const PLACEHOLDER = /\{\{\s*([\w.-]+)\s*\}\}/g;

const isPlaceholder = (word: string): word is Placeholder => PLACEHOLDERS.some((known) => known === word);

/** The words in double braces that stand for nothing. */
export const unknownPlaceholders = (text: string): string[] =>
  [...text.matchAll(PLACEHOLDER)].flatMap(([, word = '']) => (isPlaceholder(word) ? [] : [word]));

/** The text with values in place of placeholders; what is none stays. */
export const fillPlaceholders = (text: string, values: Readonly<Record<Placeholder, string>>): string =>
  text.replaceAll(PLACEHOLDER, (whole: string, word: string) => (isPlaceholder(word) ? values[word] : whole));
