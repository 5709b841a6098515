import type { ScalarTag } from 'yaml';

/** A version that looks like a number and would lose its last digit as one, `flinkVersion: 1.20`, is a text. For `customTags`, before all others. */
export const VERSION_NUMBER: ScalarTag = {
  tag: 'tag:yaml.org,2002:str',
  default: true,
  test: /^\d+\.\d+0$/,
  resolve: (text) => text,
};
