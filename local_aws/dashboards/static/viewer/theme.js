// Colours and what all charts share.
"use strict";
(() => {
  const LIGHT = ["#2f6690", "#d08c3f", "#4d8b6a", "#8c5b86", "#b5504a", "#6f7f92", "#a89a3d", "#3f8f9b", "#7a6a55", "#c07f9e"];
  const DARK = ["#6aa3d0", "#dfa25e", "#7fc29d", "#c190bb", "#e58d86", "#a3b1c2", "#d3c66c", "#74c3cf", "#b8a58c", "#e3a9c3"];

  Viewer.dark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  Viewer.colors = () => (Viewer.dark() ? DARK : LIGHT);
  Viewer.ink = () => {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(name).trim();
    return { text: read("--text"), muted: read("--muted"), line: read("--line"), card: read("--card") };
  };

  Viewer.base = () => {
    const ink = Viewer.ink();
    return {
      color: Viewer.colors(),
      backgroundColor: "transparent",
      animationDuration: 250,
      useUTC: true,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink.text },
      tooltip: { confine: true, backgroundColor: ink.card, borderColor: ink.line, padding: [6, 10],
        textStyle: { color: ink.text, fontSize: 12 } },
    };
  };
  Viewer.legend = (names, options, width) => {
    const ink = Viewer.ink();
    return { show: options.legend && names.length > 1, type: "scroll", bottom: 0, left: "center", width: width - 40,
      icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: ink.muted, fontSize: 12 },
      pageTextStyle: { color: ink.muted }, pageIconColor: ink.muted, data: names };
  };
  Viewer.axis = {
    value: (column, title, more = {}) => {
      const ink = Viewer.ink();
      return { type: "value", name: title ?? "", nameTextStyle: { color: ink.muted, fontSize: 12 },
        axisLabel: { color: ink.muted, fontSize: 12, formatter: (value) => Viewer.format(value, column, true), hideOverlap: true },
        axisLine: { show: false }, axisTick: { show: false }, splitLine: { lineStyle: { color: ink.line } }, ...more };
    },
    category: (names, title, more = {}) => {
      const ink = Viewer.ink();
      return { type: "category", data: names, name: title ?? "", nameTextStyle: { color: ink.muted, fontSize: 12 },
        axisLabel: { color: ink.muted, fontSize: 12, hideOverlap: true }, axisTick: { show: false },
        axisLine: { onZero: false, lineStyle: { color: ink.line } }, ...more };
    },
  };

  // So many names of an axis that goes down are left out between two that there is a line for each.
  Viewer.skipped = (names, height) => Math.max(0, Math.ceil((names * 15) / Math.max(1, height)) - 1);

  // A measure's name stands at its axis; two measures have a legend.
  Viewer.axisTitle = (visual) => {
    const measures = visual.columns.filter((column) => column.role === "measure");
    return measures.length === 1 ? measures[0].label : "";
  };
  // At most `most` dates, evenly spaced over the time that the names (ISO, without zone) span.
  Viewer.ticks = (names, granularity, most) => {
    const dates = names.filter(Boolean).map((name) => name + "Z").sort();
    if (!dates.length || !["DAY", "WEEK"].includes(granularity)) {
      const every = Math.ceil(dates.length / most) || 1;
      return dates.filter((_, at) => at % every === 0);
    }
    const unit = 86400e3 * (granularity === "WEEK" ? 7 : 1);
    const [first, last] = [Date.parse(dates[0]), Date.parse(dates.at(-1))];
    const step = unit * Math.max(1, Math.ceil((last - first) / unit / Math.max(1, most - 1)));
    return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, at) => new Date(first + at * step).toISOString());
  };
  // Dates as an axis has them: short, the year below where it begins or changes.
  Viewer.axisDates = (dates, granularity) => {
    const short = { YEAR: "yyyy", QUARTER: "'Q'Q", MONTH: "MMM", WEEK: "MMM d", DAY: "MMM d" }[granularity] ?? "MMM d HH:mm";
    let year;
    return dates.map((date) => {
      if (!date) return "null";
      const before = year;
      year = Viewer.date(date, "yyyy");
      const text = Viewer.date(date, short);
      return granularity === "YEAR" || before === year ? text : `${text}\n${year}`;
    });
  };
  Viewer.escape = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  Viewer.tip = (title, lines) => `<div style="font-weight:600;margin-bottom:2px;white-space:normal;max-width:320px">${Viewer.escape(title)}</div>` +
    lines.map(([name, value, color]) => `<div style="display:flex;gap:14px;justify-content:space-between"><span>` +
      (color ? `<span style="display:inline-block;width:8px;height:8px;border-radius:2px;margin-right:6px;background:${color}"></span>` : "") +
      `${Viewer.escape(name)}</span><b>${Viewer.escape(value)}</b></div>`).join("");

  // Rows of category [color] measures… as series: {names of categories, series: [{name, column, values}]}
  Viewer.series = (visual) => {
    const { categories, colors, bars } = visual.options;
    const measures = visual.columns.slice(categories + colors, colors && bars ? categories + colors + bars : undefined);
    const names = [], places = new Map(), series = new Map();
    for (const row of visual.rows) {
      const key = categories ? JSON.stringify(row[0]) : "";
      if (!places.has(key)) {
        places.set(key, names.length);
        names.push(categories ? row[0] : null);
      }
      const color = colors ? Viewer.format(row[categories], visual.columns[categories]) : null;
      measures.forEach((column, offset) => {
        const name = color === null ? column.label : measures.length > 1 ? `${color} · ${column.label}` : color;
        if (!series.has(name)) series.set(name, { name, column, values: [], rows: [] });
        series.get(name).values[places.get(key)] = row[categories + colors + offset];
        series.get(name).rows[places.get(key)] = row;
      });
    }
    const labels = names.map((name) => (categories ? Viewer.format(name, visual.columns[0]) : measures[0]?.label ?? ""));
    return { names, labels, series: [...series.values()].map((one) => ({ ...one, values: Array.from(names, (_, at) => one.values[at] ?? null) })) };
  };

  // Reference lines as ECharts' markLine on one series; `axis` is the one of the values.
  Viewer.marks = (visual, column, axis, secondary = false) => {
    const lines = (visual.options.references ?? []).filter((line) => line.secondary === secondary);
    const ink = Viewer.ink();
    return lines.length ? { symbol: "none", silent: true, animation: false, data: lines.map((line) => ({ [axis]: line.value,
      lineStyle: { color: line.color ?? ink.muted, width: 1.5, type: { DASHED: "dashed", DOTTED: "dotted" }[line.pattern] ?? "solid" },
      label: { show: line.shown, position: "insideEndTop", color: line.color ?? ink.muted, fontSize: 11, formatter: [line.label, Viewer.format(line.value, column, true)].filter(Boolean).join(" ") } })) } : undefined;
  };

  // Text that can be read on a colour; and an author's text colour on this ground, made paler or darker until it can be read.
  const channel = (part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
  const contrast = (one, other) => { const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b); return (high + 0.05) / (low + 0.05); };
  const [PALE, DEEP] = ["#ffffff", "#1c2430"];
  Viewer.readable = (ground) => { const color = echarts.color.parse(ground); return contrast(color, echarts.color.parse(PALE)) >= contrast(color, echarts.color.parse(DEEP)) ? PALE : DEEP; };
  Viewer.legible = (color, ground = Viewer.ink().card) => {
    const below = echarts.color.parse(ground);
    const toward = echarts.color.parse(luminance(below) < 0.5 ? PALE : DEEP);
    let found = echarts.color.parse(color);
    for (let step = 0; found && step < 10 && contrast(found, below) < 4.5; step++) found = found.map((part, at) => (at < 3 ? Math.round(part + (toward[at] - part) * 0.2) : part));
    return found ? echarts.color.stringify(found, "rgba") : color;
  };

  // From low to high: the author's colours, or one hue from pale to full.
  Viewer.shades = (stops) => stops.length > 1 ? stops : Viewer.dark() ? ["#1f2b38", "#3f77a5", "#a9d2f3"] : ["#e8f0f6", "#7ba7c9", "#1f4f78"];
  Viewer.compact = (value, column) => Viewer.format(value, column, true);

  // The highest and lowest of the first measure, in words: what a chart shows at a glance.
  Viewer.extremes = (visual) => {
    const place = visual.columns.findIndex((column) => column.role === "measure");
    const rows = visual.rows.filter((row) => row[place] !== null && !(row[0] && typeof row[0] === "object"));
    if (place < 0 || !rows.length) return "";
    const column = visual.columns[place];
    const name = (row) => visual.columns.slice(0, place).map((one, at) => Viewer.format(row[at], one)).join(", ");
    const sorted = [...rows].sort((a, b) => Number(b[place]) - Number(a[place]));
    const [high, low] = [sorted[0], sorted.at(-1)];
    if (place === 0) return `${column.label}: ${Viewer.format(high[0], column)}.`;
    return `${rows.length} items of ${column.label}. Highest: ${name(high)}, ${Viewer.format(high[place], column)}. ` +
      `Lowest: ${name(low)}, ${Viewer.format(low[place], column)}.`;
  };
})();
