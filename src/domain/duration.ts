const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIMPLE = /^([+-]?\d+)([a-zA-Z]{0,2})$/;
const ISO = /^([+-])?P(?:([+-]?\d+)D)?(T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?\d+)(?:[.,](\d{0,9}))?S)?)?$/i;

/**
 * Milliseconds of a Spring-style Duration: a number with ns, us, ms, s, m, h or d (bare: milliseconds), or ISO-8601 (`PT15M`, `P1DT2H`).
 * Throws a sentence that says what would be right. The grammar is Spring Boot's DurationStyle, which VVP's settings use.
 */
export function parseDuration(text: string): number {
  const simple = SIMPLE.exec(text);
  if (simple !== null) {
    const [, number = '', unit = ''] = simple;
    const factor = UNITS[unit.toLowerCase() || 'ms'];
    if (factor !== undefined) return Number(number) * factor;
  }
  const iso = ISO.exec(text);
  if (iso !== null && !/^[+-]?PT?$/i.test(text) && !/T$/i.test(text)) {
    const [, sign, days = '0', , hours = '0', minutes = '0', seconds = '0', fraction = ''] = iso;
    const whole = Number(days) * 86_400_000 + Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000;
    const part = (seconds.startsWith('-') ? -1 : 1) * Number(`0.${fraction || '0'}`) * 1000;
    return (sign === '-' ? -1 : 1) * (whole + part);
  }
  throw new RangeError(`"${text}" is not a duration; write one number with ns, us, ms, s, m, h or d ("90s"), or ISO-8601 ("PT1M30S")`);
}
