import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { configuredDefaults } from '../src/api/defaults-input.ts';
import type { PartialSpec } from '../src/domain/deployment-defaults.ts';

/** The defaults that a YAML text says: `spec: {…}`. Throws a sentence with all faults, each with its line in the text. */
export function parseDefaults(yaml: string): PartialSpec {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines });
  const at = (offset: number): string => `line ${lines.linePos(offset).line} of it`;
  const broken = [...document.errors, ...document.warnings].map(({ message, pos }) => `${at(pos[0])}: ${message.split('\n')[0] ?? ''}`);
  if (broken.length > 0) throw new SyntaxError(`is not YAML: ${broken.join('; ')}`);
  const { spec, faults } = configuredDefaults(document.toJS({ maxAliasCount: 100 }));
  if (faults.length > 0)
    throw new SyntaxError(faults.map(({ path, place, message }) => `${at(offsetOf(document, path))}: ${place} ${message}`).join('; '));
  return spec;
}

/** Where what is at a path begins, or the nearest thing around it. */
function offsetOf(document: Document, path: readonly string[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range !== undefined && node.range !== null) return node.range[0];
  }
  return 0;
}
