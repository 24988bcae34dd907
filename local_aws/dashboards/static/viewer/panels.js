// What is put on a chart's option after its kind has made it: the author's colours and axis ranges; small multiples.
"use strict";
(() => {
  const el = Viewer.element;

  // The author's colours: by value where one is named, else the chart's own.
  const coloured = (option, visual) => {
    const { palette, colors } = visual.options;
    if (!palette) return;
    const named = new Map(Object.entries(palette.values ?? {}));
    const names = [option.xAxis, option.yAxis].flat().find((axis) => axis?.type === "category")?.data ?? [];
    for (const [place, one] of (option.series ?? []).entries()) {
      const own = named.get(one.name) ?? (place === 0 && !colors && one.type !== "pie" ? palette.chart : undefined);
      if (own) { one.color = own; one.itemStyle = { ...one.itemStyle, color: own }; }
      if (one.type === "pie") one.data = one.data.map((item) => (named.has(item.name) ? { ...item, itemStyle: { color: named.get(item.name) } } : item));
      else if (one.type === "bar" && !colors) one.data = one.data.map((value, at) => (named.has(names[at]) ? { value, itemStyle: { color: named.get(names[at]) } } : value));
    }
  };

  const ranged = (axis, range) => {
    if (!axis || !range || !Object.keys(range).length) return;
    if (range.log) { axis.type = "log"; axis.logBase = range.log; }
    if (range.min !== undefined) axis.min = range.min;
    if (range.max !== undefined) axis.max = range.max;
    if (range.data) axis.scale = true;
  };
  const values = (option) => [option.xAxis, option.yAxis].flat().filter((axis) => axis?.type === "value");

  Viewer.dressed = (option, visual) => {
    coloured(option, visual);
    const axes = values(option);
    ranged(axes[0], visual.options.range);
    ranged(axes[1], visual.options.secondRange);
    return option;
  };

  // What a shared value axis must reach: stacks are added up.
  const reach = (option) => {
    const sums = new Map();
    let [low, high] = [0, 0];
    for (const one of option.series ?? []) {
      for (const [at, item] of (one.data ?? []).entries()) {
        const value = Array.isArray(item) ? item[1] : typeof item === "object" && item ? item.value : item;
        if (value === null || value === undefined || isNaN(value)) continue;
        const key = one.stack ? `${one.stack} ${at} ${value < 0}` : null;
        const total = key ? (sums.get(key) ?? 0) + value : value;
        if (key) sums.set(key, total);
        [low, high] = [Math.min(low, total), Math.max(high, total)];
      }
    }
    return [low, high];
  };

  // An axis that ends on round numbers.
  const round = (low, high) => {
    const step = 10 ** Math.floor(Math.log10(high - low || 1)) / 2;
    return [Math.floor(low / step) * step, Math.ceil(high / step) * step];
  };

  const grouped = (visual) => {
    const groups = new Map();
    for (const row of visual.rows) {
      const name = Viewer.format(row[0], visual.columns[0]);
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(Object.assign(row.slice(1), { whole: row }));
    }
    return groups;
  };

  // One small chart a value of the first column, on the same scale, with one legend for all.
  Viewer.panels = (card, draw) => {
    const { visual, kind, body } = card;
    const groups = grouped(visual);
    const { columns: most, shared, titles } = visual.options.panels;
    const across = Math.max(1, Math.min(most ?? 4, groups.size, Math.floor(body.clientWidth / 170) || 1));
    const down = Math.ceil(groups.size / across);
    const holder = el("div", { class: "panels", style: `grid-template-columns:repeat(${across},minmax(0,1fr));grid-auto-rows:minmax(${down > 3 ? "130px" : "110px"},1fr)` });
    body.append(holder);
    const rest = visual.columns.slice(1);
    const parts = [...groups].map(([name, rows]) => {
      const chart = el("div", { class: "plot" });
      holder.append(el("div", { class: "panel" }, titles ? el("h3", {}, name) : "", chart));
      return { chart, sub: { ...visual, columns: rest, rows, options: { ...visual.options, legend: false, labels: false, center: false } } };
    });
    const made = parts.map(({ chart, sub }) => ({ chart, option: Viewer.dressed(kind.option(sub, { width: chart.clientWidth, height: chart.clientHeight }), sub) }));
    const names = [...new Set(made.flatMap(({ option }) => (option.series ?? []).flatMap((one) => (one.type === "pie" ? one.data.map((item) => item.name) : [one.name]))))];
    const colors = Viewer.colors();
    const color = (name) => visual.options.palette?.values?.[name] ?? (names.length === 1 ? visual.options.palette?.chart : null) ?? colors[names.indexOf(name) % colors.length];
    const limits = made.map(({ option }) => reach(option));
    const [low, high] = round(Math.min(...limits.map((one) => one[0])), Math.max(...limits.map((one) => one[1])));
    for (const { chart, option } of made) {
      for (const one of option.series ?? []) {
        if (one.type === "pie") one.data = one.data.map((item) => ({ ...item, itemStyle: { color: color(item.name) || colors[0] } }));
        else { one.color = color(one.name) || colors[0]; one.itemStyle = { ...one.itemStyle, color: one.color }; }
      }
      for (const axis of values(option)) {
        axis.name = "";
        axis.splitNumber = 3;
        if (shared && !visual.options.range?.log) { axis.min ??= low; axis.max ??= high; }
        if (option.xAxis?.type === "time" && chart.clientHeight < 116 && axis.max !== undefined && axis.min !== undefined) axis.interval = (axis.max - axis.min) / 2; // three lines have room
      }
      for (const axis of [option.xAxis].flat()) if (axis?.type === "time" && axis.axisLabel) Object.assign(axis.axisLabel, { alignMinLabel: "left", alignMaxLabel: "right" });
      if (option.grid) Object.assign(option.grid, { top: 10, right: 10, bottom: 2 });
      draw(chart, option, (row) => row?.whole);
    }
    if (names.length > 1) {
      holder.after(el("div", { class: "key" }, ...names.slice(0, 12).map((name) => el("span", {}, el("i", { style: `background:${color(name)}` }), name))));
    }
  };
})();
