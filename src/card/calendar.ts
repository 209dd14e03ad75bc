/** `YYYYMMDD` to `YYYY-MM-DD`; undefined where it is no date of the calendar. */
export function parseCompactDate(text: string): string | undefined {
  if (!/^\d{8}$/.test(text)) return undefined;
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  return isCalendarDate(date) ? date : undefined;
}

/** True for a real day between 1000 and 9999: the 30th of February is none. */
export function isCalendarDate(date: string): boolean {
  if (!/^[1-9]\d{3}-\d\d-\d\d$/.test(date)) return false;
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === date;
}

/** The day after, for the one day of clock error that a card's beginning is allowed. */
export function nextDay(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
