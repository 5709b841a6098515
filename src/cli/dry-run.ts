import { Option } from 'commander';

/** `--dry-run`: the server checks everything and writes nothing. */
export const dryRunOption = (): Option => new Option('--dry-run', 'only tell what would happen');

/** The path of a change, or of its rehearsal. */
export const rehearsed = (path: string, isDryRun: boolean | undefined): string => (isDryRun === true ? `${path}?dryRun=true` : path);

/** Put behind what is told. */
export const dryRunMark = (isDryRun: boolean | undefined): string => (isDryRun === true ? ' (dry run)' : '');
