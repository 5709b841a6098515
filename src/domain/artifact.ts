interface ArtifactFields {
  readonly additionalDependencies?: readonly string[];
  readonly flinkVersion?: string;
  readonly flinkImageRegistry?: string;
  readonly flinkImageRepository?: string;
  readonly flinkImageTag?: string;
}

/** A jar whose main() is run. */
export interface JarArtifact extends ArtifactFields {
  readonly kind: 'JAR';
  /** URI of the jar, as the daemon sees it: `file:`, `http:`, `https:`, `s3:`, or the artifact store's own `artifact:`. */
  readonly jarUri: string;
  readonly entryClass?: string;
  /** One string, split as a shell would: quotes group, a backslash escapes. */
  readonly mainArgs?: string;
}

/** A script that the SQL Gateway of the target runs (`sql-script.ts`). */
interface SqlArtifact extends ArtifactFields {
  readonly kind: 'SQLSCRIPT';
  readonly sqlScript: string;
}

/** What a Job executes. */
export type Artifact = JarArtifact | SqlArtifact;

/** Splits `mainArgs` into the argument list of main(). Throws a sentence when a quote is left open. */
export function splitArguments(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    if (char === '\\' && quote !== "'" && i + 1 < line.length) {
      word = (word ?? '') + line.charAt(++i);
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== undefined) throw new SyntaxError(`mainArgs has an opening ${quote} that is never closed`);
  return word === undefined ? words : [...words, word];
}
