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
    const { column, value, before, trend, row } = parts(visual);
    if (before === undefined || before === null || value === null) return null;
    const [now, then] = [Number(value), Number(before)];
    const method = visual.options.comparison;
    const share = { label: "", role: "measure", format: visual.options.comparisonFormat ?? { style: "percent", decimals: 1 } };
    const text = method === "DIFFERENCE" ? Viewer.format(now - then, column)
      : method === "PERCENT" ? Viewer.format(then ? now / then : null, share)
      : Viewer.format(then ? (now - then) / Math.abs(then) : null, share);
    const against = trend ? `against ${Viewer.format(before, column)} the period before (to ${Viewer.format(row[0], visual.columns[0])})`
      : `against the target of ${Viewer.format(before, column)}`;
    return { text, against, up: now >= then };
  };

  const sparkline = (visual) => {
    const values = visual.rows.map((row) => Number(row[1] ?? 0));
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const points = values.map((value, at) => `${(at / (values.length - 1)) * 100},${28 - ((value - low) / (high - low || 1)) * 26}`);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 100 30");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    line.setAttribute("points", points.join(" "));
    svg.append(line);
    return svg;
  };

  Viewer.kinds.KPI = {
    draw: (body, visual) => {
      const { column, value } = parts(visual);
      const card = el("div", { class: "kpi" }, el("div", { class: "value" }, Viewer.format(value, column)));
      const changed = change(visual);
      if (changed) {
        card.append(el("div", { class: "change" }, el("b", { class: changed.up ? "up" : "down" }, `${changed.up ? "▲" : "▼"} ${changed.text}`),
          ` ${changed.against}`));
      }
      if (visual.options.trend && visual.options.sparkline && visual.rows.length > 2) card.append(sparkline(visual));
      body.append(card);
    },
    summary: (visual) => {
      const { column, value } = parts(visual);
      const changed = change(visual);
      return `${Viewer.format(value, column)}${changed ? `, ${changed.text} ${changed.against}` : ""}.`;
    },
  };
})();
