const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span as kubectl writes it: the longer it is, the less of it is told (apimachinery `HumanDuration`). */
export function humanDuration(ms: number): string {
  const whole = (unit: number): number => Math.floor(ms / unit);
  const both = (unit: number, name: string, smaller: number, smallerName: string): string => {
    const rest = Math.floor((ms % unit) / smaller);
    return `${whole(unit)}${name}${rest === 0 ? '' : `${rest}${smallerName}`}`;
  };
  if (ms < 2 * MINUTE) return `${Math.max(0, whole(SECOND))}s`;
  if (ms < 10 * MINUTE) return both(MINUTE, 'm', SECOND, 's');
  if (ms < 3 * HOUR) return `${whole(MINUTE)}m`;
  if (ms < 8 * HOUR) return both(HOUR, 'h', MINUTE, 'm');
  if (ms < 2 * DAY) return `${whole(HOUR)}h`;
  if (ms < 8 * DAY) return both(DAY, 'd', HOUR, 'h');
  return `${whole(DAY)}d`;
}

/** How old a time is at `now`; a dash for a time that there is not. */
export const age = (time: string | undefined, now: number): string => (time === undefined ? '-' : humanDuration(now - Date.parse(time)));
