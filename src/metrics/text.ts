/** What a metric is, whoever holds it. */
export interface Descriptor {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

// Prometheus' text format, version 0.0.4: all series of one name stand together, after the name's HELP and TYPE.

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export const headText = ({ name, help, type }: Descriptor): string =>
  `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`;

/** `labels`: as `labelsText` writes them. */
export const sampleText = (name: string, labels: string, value: number): string =>
  labels === '' ? `${name} ${valueText(value)}\n` : `${name}{${labels}} ${valueText(value)}\n`;

export const labelsText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');

export const familyText = (descriptor: Descriptor, samples: readonly Sample[]): string =>
  headText(descriptor) + samples.map(({ labels, value }) => sampleText(descriptor.name, labelsText(labels), value)).join('');

const escaped = (value: string): string =>
  /[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value;

const valueText = (value: number): string => {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
};
