// Pivot table: row headers on the left, a column for each combination of column items and measure; totals.
"use strict";
(() => {
  const el = Viewer.element;
  const key = (values) => JSON.stringify(values);

  // The value cells of one line: for each column combination its measures, then the total at the side.
  const cells = (visual, tops, measures, values, side, style) => {
    const made = [];
    const cell = (value, column) => {
      const one = el("td", { class: `number ${style}` }, value === undefined ? "" : Viewer.format(value, column));
      if (!style && value !== undefined && value !== null) Viewer.shade(one, visual.options.gradients?.[column.id], value, visual.scales?.[column.id]);
      return one;
    };
    for (const top of tops) measures.forEach((column, at) => made.push(cell(values.get(top)?.[at], column)));
    if (visual.options.side) measures.forEach((column, at) => made.push(cell(side?.[at], column)));
    if (visual.options.side) made.slice(-measures.length).forEach((one) => one.classList.add("total"));
    return made;
  };

  const table = (visual) => {
    const { rows: rowCount, columns: columnCount, side } = visual.options;
    const width = rowCount + columnCount;
    const dimensions = visual.columns.slice(0, width), measures = visual.columns.slice(width);
    visual.scales = Object.fromEntries(measures.map((column, at) => [column.id, Viewer.extent(visual.rows.map((row) => row[width + at]))]));
    const across = new Map(), down = new Map();
    for (const row of visual.rows) {
      const head = row.slice(0, rowCount), top = row.slice(rowCount, width);
      across.set(key(top), top);
      if (!down.has(key(head))) down.set(key(head), { head, values: new Map() });
      down.get(key(head)).values.set(key(top), row.slice(width));
    }
    const tops = [...across.keys()];
    const named = (top) => top.map((value, at) => Viewer.format(value, dimensions[rowCount + at])).join(" · ");
    const several = measures.length > 1 || !columnCount;
    const heads = [...tops.map((top) => named(across.get(top))), ...(side ? [side] : [])];
    const first = dimensions.slice(0, rowCount).map((column) => el("th", { scope: "col", ...(several && columnCount ? { rowspan: "2" } : {}) }, column.label));
    const headLines = columnCount && several
      ? [el("tr", {}, ...first, ...heads.map((name) => el("th", { scope: "colgroup", class: "group", colspan: String(measures.length) }, name))),
         el("tr", { class: "second" }, ...heads.flatMap(() => measures.map((column) => el("th", { scope: "col", class: "number" }, column.label))))]
      : [el("tr", {}, ...first, ...(columnCount ? heads.map((name) => el("th", { scope: "col", class: "number" }, name)) : measures.map((column) => el("th", { scope: "col", class: "number" }, column.label))))];
    const indexed = (list, heading) => new Map((list ?? []).map((row) => [key(row.slice(0, heading)), row.slice(heading)]));
    const right = indexed(visual.options.right, rowCount);
    const between = new Map(), betweenRight = indexed(visual.options.betweenRight, 1);
    for (const row of visual.options.between ?? []) {
      if (!between.has(key(row[0]))) between.set(key(row[0]), new Map());
      between.get(key(row[0])).set(key(row.slice(1, 1 + columnCount)), row.slice(1 + columnCount));
    }
    const lines = [], all = [...down.values()];
    const item = "<<$aws:subtotalDimension>>"; // where the author's label has the item of a subtotal
    const subtotal = (name) => { const { subtotal: label } = visual.options; return label.includes(item) ? label.replaceAll(item, name) : `${label} · ${name}`; };
    all.forEach(({ head, values }, at) => {
      const before = all[at - 1]?.head;
      let same = true;
      const headers = head.map((value, place) => {
        same = same && Boolean(before) && key(before[place]) === key(value) && place < rowCount - 1;
        return el("th", { scope: "row", class: same ? "repeat" : "" }, Viewer.format(value, dimensions[place]));
      });
      const line = el("tr", {}, ...headers, ...cells(visual, tops, measures, values, right.get(key(head)), ""));
      line.pick = () => head;
      lines.push(line);
      if (visual.options.subtotal && key(all[at + 1]?.head[0]) !== key(head[0])) {
        lines.push(el("tr", { class: "subtotal" }, el("th", { scope: "row", colspan: String(rowCount) }, subtotal(Viewer.format(head[0], dimensions[0]))),
          ...cells(visual, tops, measures, between.get(key(head[0])) ?? new Map(), betweenRight.get(key([head[0]])), "total")));
      }
    });
    if (visual.options.total) {
      const bottom = indexed(visual.options.bottom, columnCount);
      lines.push(el("tr", { class: "grand" }, el("th", { scope: "row", colspan: String(rowCount) }, visual.options.total),
        ...cells(visual, tops, measures, bottom, visual.options.corner?.[0], "total")));
    }
    return el("table", { class: "pivot" }, el("caption", { class: "hidden" }, visual.title), el("thead", {}, ...headLines), el("tbody", {}, ...lines));
  };

  Viewer.kinds.PivotTable = {
    summary: (visual) => `Pivot table of ${visual.columns.map((column) => column.label).join(", ")}.`,
    draw: (body, visual) => {
      body.append(el("div", { class: "table", tabindex: "0", role: "region", "aria-label": visual.title || "Pivot table" }, table(visual)));
    },
  };
})();
