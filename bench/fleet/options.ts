import { parseArgs } from 'node:util';

export interface FleetOptions {
  /** How many Jobs: one world each. */
  readonly sizes: readonly number[];
  readonly clusters: number;
  /** How long each world is measured. */
  readonly minutes: number;
  /** Where the daemon's CPU profiles go; without it none is made. */
  readonly profileFolder?: string;
}

/** @throws Error saying what is wrong with the command line. */
export function parseOptions(args: string[]): FleetOptions {
  const { values } = parseArgs({
    args,
    options: {
      jobs: { type: 'string', default: '1000,5000,10000' },
      clusters: { type: 'string', default: '200' },
      minutes: { type: 'string', default: '5' },
      profile: { type: 'string' },
    },
  });
  const sizes = values.jobs.split(',').map((text) => positive('--jobs', text, Number.isInteger));
  const clusters = positive('--clusters', values.clusters, Number.isInteger);
  // A tenth of them is dead, one half refusing and the other silent.
  if (clusters < 20) throw new Error('--clusters: at least 20');
  if (sizes.some((size) => size < clusters)) throw new Error('--jobs: at least one for each cluster');
  return {
    sizes,
    clusters,
    minutes: positive('--minutes', values.minutes, Number.isFinite),
    ...(values.profile === undefined ? {} : { profileFolder: values.profile }),
  };
}

function positive(option: string, text: string, isRight: (number: number) => boolean): number {
  const number = Number(text);
  if (isRight(number) && number > 0) return number;
  throw new Error(`${option}: "${text}" is not a number that can be meant`);
}
