// Values as text: numbers, currencies, percentages, dates, by the format that the server read from the Definition.
"use strict";
const Viewer = { kinds: {} };

(() => {
  const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December"];
  const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
  const SCALES = { THOUSANDS: [1e3, "K"], MILLIONS: [1e6, "M"], BILLIONS: [1e9, "B"], TRILLIONS: [1e12, "T"],
    LAKHS: [1e5, "L"], CRORES: [1e7, "Cr"] };
  const pad = (number, width = 2) => String(number).padStart(width, "0");

  const PARTS = {
    yyyy: (d) => pad(d.getUTCFullYear(), 4), YYYY: (d) => pad(d.getUTCFullYear(), 4),
    yy: (d) => pad(d.getUTCFullYear() % 100), YY: (d) => pad(d.getUTCFullYear() % 100),
    Q: (d) => Math.floor(d.getUTCMonth() / 3) + 1,
    MMMM: (d) => MONTHS[d.getUTCMonth()], MMM: (d) => MONTHS[d.getUTCMonth()].slice(0, 3),
    MM: (d) => pad(d.getUTCMonth() + 1), M: (d) => d.getUTCMonth() + 1,
    dddd: (d) => DAYS[d.getUTCDay()], EEEE: (d) => DAYS[d.getUTCDay()],
    ddd: (d) => DAYS[d.getUTCDay()].slice(0, 3), EEE: (d) => DAYS[d.getUTCDay()].slice(0, 3),
    dd: (d) => pad(d.getUTCDate()), DD: (d) => pad(d.getUTCDate()), d: (d) => d.getUTCDate(), D: (d) => d.getUTCDate(),
    HH: (d) => pad(d.getUTCHours()), H: (d) => d.getUTCHours(),
    hh: (d) => pad(d.getUTCHours() % 12 || 12), h: (d) => d.getUTCHours() % 12 || 12,
    mm: (d) => pad(d.getUTCMinutes()), m: (d) => d.getUTCMinutes(),
    ss: (d) => pad(d.getUTCSeconds()), s: (d) => d.getUTCSeconds(), SSS: (d) => pad(d.getUTCMilliseconds(), 3),
    a: (d) => (d.getUTCHours() < 12 ? "AM" : "PM"), A: (d) => (d.getUTCHours() < 12 ? "AM" : "PM"),
  };
  const PATTERN = new RegExp("'([^']*)'|\\[([^\\]]*)\\]|" + Object.keys(PARTS).sort((a, b) => b.length - a.length).join("|"), "g");

  Viewer.date = (iso, pattern) => {
    const date = new Date(/[zZ]|[+-]\d\d:\d\d$/.test(iso) ? iso : iso + "Z");
    return pattern.replace(PATTERN, (part, quoted, bracketed) => quoted ?? bracketed ?? PARTS[part](date));
  };

  const number = (value, format, compact) => {
    let amount = Number(value);
    let suffix = format.suffix ?? "";
    const options = {};
    if (format.style === "percent") options.style = "percent";
    if (format.style === "currency") {
      Object.assign(options, { style: "currency", currency: format.currency, currencyDisplay: "narrowSymbol" });
    }
    const scale = SCALES[format.scale];
    if (compact && format.style !== "percent") {
      Object.assign(options, { notation: "compact" }, Math.abs(amount) < 1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 1, minimumFractionDigits: 0 });
    } else if (format.scale === "AUTO" && Math.abs(amount) >= 1e4) {
      Object.assign(options, { notation: "compact", maximumFractionDigits: format.decimals ?? 2 });
    } else {
      if (scale) { amount /= scale[0]; suffix = scale[1] + suffix; }
      options.maximumFractionDigits = compact ? 1 : format.decimals ?? 2;
      options.minimumFractionDigits = compact ? 0 : format.decimals ?? 0;
    }
    if (format.thousands === "") options.useGrouping = false;
    if (format.positive) amount = Math.abs(amount);
    const parts = new Intl.NumberFormat("en-US", options).formatToParts(amount);
    const text = parts.map((part) => part.type === "group" ? format.thousands ?? part.value
      : part.type === "decimal" ? format.decimal ?? part.value : part.value).join("");
    return (format.prefix ?? "") + text + suffix;
  };

  // `compact` is for axes, where room is short: £20K
  Viewer.format = (value, column, compact = false) => {
    const format = column.format ?? { style: "text" };
    if (value === null || value === undefined) return format.null ?? (column.role === "measure" ? "–" : "null");
    if (typeof value === "object") return `Other (${value.other.toLocaleString("en-US")})`;
    if (format.style === "date" && typeof value === "string") return Viewer.date(value, format.pattern);
    if (["number", "currency", "percent"].includes(format.style) && value !== "" && !isNaN(Number(value))) {
      return number(value, format, compact);
    }
    return value === "" && column.role === "dimension" ? "(empty)" : String(value);
  };
  Viewer.isNumber = (column) => ["number", "currency", "percent"].includes(column.format?.style);
  Viewer.element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "class") made.className = value; else if (value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  };
})();
