// Pivot table: row headers on the left, a column for each combination of column items and measure.
"use strict";
(() => {
  const el = Viewer.element;

  Viewer.kinds.PivotTable = {
    summary: (visual) => `Pivot table of ${visual.columns.map((column) => column.label).join(", ")}.`,
    draw: (body, visual) => {
      const { rows: rowCount, columns: columnCount } = visual.options;
      const dimensions = visual.columns.slice(0, rowCount + columnCount);
      const measures = visual.columns.slice(rowCount + columnCount);
      const across = new Map(), down = new Map();
      for (const row of visual.rows) {
        const head = row.slice(0, rowCount), top = row.slice(rowCount, rowCount + columnCount);
        const key = JSON.stringify(head);
        across.set(JSON.stringify(top), top);
        if (!down.has(key)) down.set(key, { head, cells: new Map() });
        down.get(key).cells.set(JSON.stringify(top), row.slice(rowCount + columnCount));
      }
      const name = (top) => top.map((value, at) => Viewer.format(value, dimensions[rowCount + at])).join(" · ");
      const heads = [...across.values()].flatMap((top) => measures.map((column) =>
        el("th", { scope: "col", class: "number" }, [name(top), measures.length > 1 || !top.length ? column.label : ""].filter(Boolean).join(" · "))));
      const lines = [...down.values()].map(({ head, cells }) => el("tr", {},
        ...head.map((value, at) => el("th", { scope: "row" }, Viewer.format(value, dimensions[at]))),
        ...[...across.keys()].flatMap((key) => measures.map((column, at) =>
          el("td", { class: "number" }, cells.has(key) ? Viewer.format(cells.get(key)[at], column) : "")))));
      const first = dimensions.slice(0, rowCount).map((column) => el("th", { scope: "col" }, column.label));
      const table = el("table", {}, el("caption", { class: "hidden" }, visual.title), el("thead", {}, el("tr", {}, ...first, ...heads)), el("tbody", {}, ...lines));
      body.append(el("div", { class: "table", tabindex: "0", role: "region", "aria-label": visual.title || "Pivot table" }, table));
    },
  };
})();
