/**
 * HTTP dates in the three forms that a recipient must accept (RFC 9110 section 5.6.7). All are in GMT.
 */

/**
 * Milliseconds since the epoch; undefined when `text` is no such date, or names a day or time that does not exist.
 * `nowWallMs` settles the century of the two-digit form.
 */
export function parseHttpDate(text: string, nowWallMs: number): number | undefined {
  for (const form of FORMS) {
    const groups = form.exec(text)?.groups;
    if (groups) return toEpochMs(groups, nowWallMs);
  }
  return undefined;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH = `(?<month>${MONTHS.join("|")})`;
const TIME = "(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})";
const DAY_NAME = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY_NAME = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";

const FORMS = [
  // IMF-fixdate, the preferred form: Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(`^${DAY_NAME}, (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  // rfc850-date: Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(`^${LONG_DAY_NAME}, (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} GMT$`),
  // asctime-date: Sun Nov  6 08:49:37 1994
  new RegExp(`^${DAY_NAME} ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`),
];

type Groups = Readonly<Record<string, string | undefined>>;

function toEpochMs(groups: Groups, nowWallMs: number): number | undefined {
  const month = MONTHS.indexOf(groups.month ?? "");
  const [day, hour, minute, second] = ["day", "hour", "minute", "second"].map((name) => Number(groups[name]));
  if (day === undefined || hour === undefined || minute === undefined || second === undefined)
    return undefined;
  // The grammar allows a leap second.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const at = (year: number): number => Date.UTC(year, month, day, hour, minute, second);
  const year = fullYear(groups.year ?? "", at, nowWallMs);
  return isDayOf(year, month, day) ? at(year) : undefined;
}

/** Of years with the same two last digits the latest that is not "more than 50 years in the future". */
function fullYear(digits: string, at: (year: number) => number, nowWallMs: number): number {
  if (digits.length === 4) return Number(digits);
  const now = new Date(nowWallMs);
  const latest = new Date(nowWallMs).setUTCFullYear(now.getUTCFullYear() + 50);
  let year = now.getUTCFullYear() - (now.getUTCFullYear() % 100) + 100 + Number(digits);
  while (at(year) > latest) year -= 100;
  return year;
}

/** The 31st of April would otherwise be the 1st of May. `Date` takes years below 100 for those of the last century. */
function isDayOf(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month && date.getUTCDate() === day;
}
