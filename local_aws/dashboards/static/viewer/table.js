// Tables: the visual of that name, the accessible form of every chart, and the form of kinds that are not drawn.
"use strict";
(() => {
  const el = Viewer.element;

  Viewer.table = (visual, caption) => {
    const head = el("tr", {}, ...visual.columns.map((column) =>
      el("th", { scope: "col", class: Viewer.isNumber(column) ? "number" : "" }, column.label)));
    const body = visual.rows.map((row) => el("tr", {}, ...row.map((value, place) => {
      const column = visual.columns[place];
      const text = Viewer.format(value, column);
      const cell = el("td", { class: Viewer.isNumber(column) ? "number" : "wide" }, text);
      if (text.length > 40) cell.title = text;
      return cell;
    })));
    const table = el("table", {}, el("caption", { class: "hidden" }, caption ?? visual.title), el("thead", {}, head),
      el("tbody", {}, ...body));
    return el("div", { class: "table", tabindex: "0", role: "region", "aria-label": visual.title || "Table" }, table);
  };

  Viewer.csv = (visual) => {
    const cell = (value) => {
      const text = value === null ? "" : typeof value === "object" ? `Other (${value.other})` : String(value);
      // a leading = + - @ would be a formula in a spreadsheet; numbers keep their sign
      const safe = /^[=+@-]/.test(text) && isNaN(Number(text)) ? "'" + text : text;
      return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    return [visual.columns.map((column) => cell(column.label)), ...visual.rows.map((row) => row.map(cell))]
      .map((row) => row.join(",")).join("\r\n");
  };

  Viewer.kinds.Table = {
    draw: (body, visual) => { body.append(Viewer.table(visual)); },
    summary: (visual) => `${visual.rows.length} rows of ${visual.columns.map((column) => column.label).join(", ")}.`,
  };
})();
