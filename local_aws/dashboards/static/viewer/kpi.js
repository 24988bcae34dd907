// KPI: a number, its change against a target or the period before, the periods as a small line.
"use strict";
(() => {
  const el = Viewer.element;

  const parts = (visual) => {
    const { trend, target } = visual.options;
    const first = trend ? 1 : 0;
    const column = visual.columns[first];
    const row = visual.rows.at(-1) ?? [];
    const before = trend ? visual.rows.at(-2)?.[1] : target ? row[first + 1] : undefined;
    return { column, value: row[first], before, trend, row, first };
  };

  const change = (visual) => {
    const { column, value, before, trend } = parts(visual);
    if (before === undefined || before === null || value === null) return null;
    const [now, then] = [Number(value), Number(before)];
    const method = visual.options.comparison;
    const share = { label: "", role: "measure", format: visual.options.comparisonFormat ?? { style: "percent", decimals: 1 } };
    const size = method === "DIFFERENCE" ? Viewer.format(Math.abs(now - then), visual.options.comparisonFormat ? share : column)
      : method === "PERCENT" ? Viewer.format(then ? now / then : null, share)
      : Viewer.format(then ? Math.abs(now - then) / Math.abs(then) : null, share);
    const period = visual.columns[0];
    const when = trend && (period.granularity === "DAY" ? Viewer.date(visual.rows.at(-2)[0], "MMM d") : Viewer.format(visual.rows.at(-2)[0], period));
    const against = trend ? `from ${Viewer.format(before, column)} on ${when}` : `against the target of ${Viewer.format(before, column)}`;
    const text = method === "PERCENT" ? `${size} of` : size;
    return { text: now === then ? "no change" : `${now > then ? "▲" : "▼"} ${text}`, said: `${now >= then ? "up" : "down"} ${text}`, against };
  };

  const SVG = (tag, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };

  // The periods as a line, the last one marked; its first and last date below.
  const sparkline = (visual) => {
    const values = visual.rows.map((row) => Number(row[1] ?? 0));
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const spots = values.map((value, at) => [(at / (values.length - 1)) * 100, 34 - ((value - low) / (high - low || 1)) * 30]);
    const points = spots.map((spot) => spot.join(",")).join(" ");
    const svg = SVG("svg", { viewBox: "0 0 100 38", preserveAspectRatio: "none", "aria-hidden": "true" });
    if (visual.options.area) svg.append(SVG("polygon", { points: `0,38 ${points} 100,38` }));
    svg.append(SVG("polyline", { points }));
    const box = Viewer.element("div", { class: "spark" }, svg, Viewer.element("i", { style: `top:${(spots.at(-1)[1] / 38) * 100}%` }));
    const short = (row) => Viewer.date(row[0], ["HOUR", "MINUTE"].includes(visual.columns[0].granularity) ? "MMM d HH:mm" : "MMM d");
    const dates = visual.columns[0].format?.style === "date" ? [visual.rows[0], visual.rows.at(-1)].map((row) => (row[0] ? short(row) : "")) : [];
    return dates.length ? [box, Viewer.element("div", { class: "ends", "aria-hidden": "true" }, ...dates.map((date) => Viewer.element("span", {}, date)))] : [box];
  };

  Viewer.kinds.KPI = {
    draw: (body, visual) => {
      const { column, value } = parts(visual);
      const card = el("div", { class: "kpi" }, el("div", { class: Viewer.format(value, column).length > 11 ? "value long" : "value", ...(visual.options.color ? { style: `color:${Viewer.legible(visual.options.color)}` } : {}) }, Viewer.format(value, column)));
      const changed = change(visual);
      if (changed) {
        card.append(el("div", { class: "change" }, el("b", {}, changed.text),
          ` ${changed.against}`));
      }
      if (visual.options.trend && visual.options.sparkline && visual.rows.length > 2) card.append(...sparkline(visual));
      body.append(card);
    },
    summary: (visual) => {
      const { column, value } = parts(visual);
      const changed = change(visual);
      return `${Viewer.format(value, column)}${changed ? `, ${changed.said} ${changed.against}` : ""}.`;
    },
  };
})();
