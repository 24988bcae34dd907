// Tables: the visual of that name, the accessible form of every chart, and the form of kinds that are not drawn.
"use strict";
(() => {
  const el = Viewer.element;

  // Conditional formats that follow the value: the stops' colours, mixed; without values of their own they span the column.
  Viewer.extent = (values) => {
    const numbers = values.filter((value) => value !== null && typeof value !== "object").map(Number).filter((value) => !isNaN(value));
    return numbers.length ? [Math.min(...numbers), Math.max(...numbers)] : [0, 1];
  };
  const mixed = (stops, value, [low, high]) => {
    const sorted = [...stops].sort((a, b) => a.GradientOffset - b.GradientOffset);
    const at = (stop) => stop.DataValue ?? low + (stop.GradientOffset / 100) * (high - low);
    const next = sorted.findIndex((stop) => at(stop) >= value);
    if (next <= 0) return (next < 0 ? sorted.at(-1) : sorted[0]).Color;
    const [from, to] = [sorted[next - 1], sorted[next]];
    const share = (value - at(from)) / (at(to) - at(from) || 1);
    const [a, b] = [echarts.color.parse(from.Color), echarts.color.parse(to.Color)];
    return `rgb(${[0, 1, 2].map((place) => Math.round(a[place] + (b[place] - a[place]) * share)).join(",")})`;
  };
  const painted = (cell, part, color) => {
    cell.style[part] = part === "color" && !cell.style.background ? Viewer.legible(color) : color;
    if (part === "background" && !cell.style.color) cell.style.color = Viewer.readable(color);
  };
  Viewer.shade = (cell, gradients, value, scale) => {
    for (const [part, stops] of Object.entries(gradients ?? {})) if (!isNaN(Number(value))) painted(cell, part, mixed(stops, Number(value), scale));
  };
  // A bar behind a number, from the left, as long as its share of the largest.
  const barred = (cell, share, [up, down]) => {
    const color = echarts.color.modifyAlpha((share < 0 ? down : up) ?? Viewer.colors()[share < 0 ? 4 : 0], 0.3), end = `${Math.abs(share) * 100}%`;
    cell.style.backgroundImage = `linear-gradient(to right, ${color} ${end}, transparent ${end})`;
  };
  const styled = (cell, style) => {
    if (!style) return;
    for (const part of ["background", "color"]) if (style[part]) painted(cell, part, style[part]);
    if (style.icon) cell.prepend(el("span", { class: "icon", style: style.iconColor ? `color:${style.iconColor}` : "" }, `${style.icon} `));
  };

  Viewer.table = (visual, caption) => {
    const { styles = [], gradients = {}, totals, totalsFirst, links = {}, bars = {} } = visual.options ?? {};
    const longest = (place) => Math.max(1e-9, ...visual.rows.map((row) => Math.abs(Number(row[place] ?? 0)) || 0));
    const reach = visual.columns.map((column, place) => (bars[column.id] ? longest(place) : 0));
    const scales = visual.columns.map((column, place) => (gradients[column.id] ? Viewer.extent(visual.rows.map((row) => row[place])) : null));
    const head = el("tr", {}, ...visual.columns.map((column) =>
      el("th", { scope: "col", class: Viewer.isNumber(column) ? "number" : "" }, column.label)));
    const body = visual.rows.map((row, line) => el("tr", {}, ...row.map((value, place) => {
      const column = visual.columns[place];
      const text = Viewer.format(value, column);
      const linked = links[column.id] !== undefined && /^https?:\/\//.test(value);
      const cell = el("td", { class: Viewer.isNumber(column) ? "number" : "wide" }, linked ? el("a", { href: value, target: "_blank", rel: "noopener noreferrer" }, links[column.id] || text) : text);
      if (reach[place] && Number(value)) barred(cell, Number(value) / reach[place], bars[column.id]);
      if (text.length > 40) cell.title = text;
      Viewer.shade(cell, gradients[column.id], value, scales[place]);
      styled(cell, styles[line]?.[column.id] ?? styles[line]?.["*"]);
      return cell;
    })));
    body.forEach((line, at) => { line.pick = () => visual.rows[at]; });
    if (totals) {
      const sums = [...totals.values]; // of the measures, wherever they stand
      const named = visual.columns.findIndex((column) => column.role !== "measure");
      const line = el("tr", { class: "grand" }, ...visual.columns.map((column, place) => (column.role !== "measure"
        ? el("td", {}, place === named ? totals.label : "") : el("td", { class: "number" }, Viewer.format(sums.shift(), column)))));
      if (totalsFirst) body.unshift(line); else body.push(line);
    }
    const table = el("table", { class: "flat" }, el("caption", { class: "hidden" }, caption ?? visual.title), el("thead", {}, head),
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
