const pad = (value: number, width = 2) => String(value).padStart(width, "0");

const name = (options: Intl.DateTimeFormatOptions) => (date: Date) =>
  new Intl.DateTimeFormat("en-US", options).format(date);

const DIRECTIVES: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => pad(date.getFullYear(), 4),
  y: (date) => pad(date.getFullYear() % 100),
  m: (date) => pad(date.getMonth() + 1),
  d: (date) => pad(date.getDate()),
  H: (date) => pad(date.getHours()),
  I: (date) => pad((date.getHours() + 11) % 12 + 1),
  M: (date) => pad(date.getMinutes()),
  S: (date) => pad(date.getSeconds()),
  p: (date) => date.getHours() < 12 ? "AM" : "PM",
  a: name({ weekday: "short" }),
  A: name({ weekday: "long" }),
  b: name({ month: "short" }),
  B: name({ month: "long" }),
  "%": () => "%",
};

/**
 * Writes a date as Python's `strftime` does in the C locale, in local time.
 *
 * Knows `%Y %y %m %d %H %I %M %S %p %a %A %b %B %%`, and `%-d` and the like without leading zeros; leaves others as they
 * are, as the C library does.
 */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(-?)([a-zA-Z%])/g, (whole, bare, letter) => {
    const text = DIRECTIVES[letter]?.(date);
    if (text === undefined) return whole;
    return bare ? text.replace(/^0+(?=\d)/, "") : text;
  });
}
