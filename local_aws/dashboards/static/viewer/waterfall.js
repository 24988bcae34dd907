// Waterfall: items that add up to a total; with a breakdown, what changes between one item and the next.
"use strict";
(() => {
  const steps = (visual) => {
    const { categories, breakdown, total } = visual.options;
    const measure = visual.columns.at(-1);
    const name = (value, place) => Viewer.format(value, visual.columns[place]);
    if (!breakdown) {
      let sum = 0;
      const found = visual.rows.map((row) => { const change = Number(row.at(-1) ?? 0); const from = sum; sum += change; return { label: categories ? name(row[0], 0) : measure.label, from, to: sum, change, row }; });
      return [...found, { label: total, from: 0, to: sum, change: sum, whole: true }];
    }
    const items = new Map();
    for (const row of visual.rows) {
      const key = JSON.stringify(categories ? row[0] : null);
      if (!items.has(key)) items.set(key, { label: categories ? name(row[0], 0) : measure.label, parts: new Map(), sum: 0 });
      const item = items.get(key), value = Number(row.at(-1) ?? 0);
      item.parts.set(name(row[categories], categories), value);
      item.sum += value;
    }
    const list = [...items.values()], found = [];
    list.forEach((item, at) => {
      if (at) {
        let sum = list[at - 1].sum;
        for (const part of new Set([...list[at - 1].parts.keys(), ...item.parts.keys()])) {
          const change = (item.parts.get(part) ?? 0) - (list[at - 1].parts.get(part) ?? 0);
          if (change) { found.push({ label: part, from: sum, to: sum + change, change }); sum += change; }
        }
      }
      found.push({ label: item.label, from: 0, to: item.sum, change: item.sum, whole: true });
    });
    return found;
  };

  Viewer.kinds.Waterfall = {
    summary: Viewer.extremes,
    option: (visual, size) => {
      const ink = Viewer.ink();
      const measure = visual.columns.at(-1);
      const list = steps(visual);
      const style = getComputedStyle(document.documentElement);
      const [good, bad] = ["--good", "--bad"].map((one) => style.getPropertyValue(one).trim());
      const color = (step) => (step.whole ? Viewer.colors()[0] : step.change < 0 ? bad : good);
      const few = list.length <= size.width / 56;
      return {
        grid: { left: 4, right: 12, top: 26, bottom: 8, containLabel: true },
        xAxis: Viewer.axis.category(list.map((step) => step.label), "", { axisLabel: { color: ink.muted, fontSize: 11, interval: few ? 0 : "auto", width: few ? (size.width - 60) / list.length - 6 : 90, overflow: "truncate", ...(few ? {} : { alignMinLabel: "left", alignMaxLabel: "right" }) } }),
        yAxis: Viewer.axis.value(measure, "", {}),
        tooltip: { trigger: "item", formatter: (point) => { const step = list[point.dataIndex]; return Viewer.tip(step.label, [[step.whole ? "Total" : "Change", Viewer.format(step.change, measure)], ["Running total", Viewer.format(step.to, measure)]]); } },
        series: [{ type: "custom", data: list.map((step, at) => [at, step.from, step.to]), encode: { x: 0, y: [1, 2] },
          renderItem: (_, api) => { const step = list[api.value(0)]; const from = api.coord([api.value(0), api.value(1)]), to = api.coord([api.value(0), api.value(2)]);
            const width = Math.min(40, api.size([1, 0])[0] * 0.66), top = Math.min(from[1], to[1]);
            return { type: "group", children: [{ type: "rect", shape: { x: to[0] - width / 2, y: top, width, height: Math.max(1, Math.abs(from[1] - to[1])), r: 2 }, style: { fill: color(step) } },
              ...(few ? [{ type: "text", style: { text: Viewer.compact(step.change, measure), x: to[0], y: top - 4, align: "center", verticalAlign: "bottom", fill: ink.text, fontSize: 11 } }] : [])] }; } }],
        pick: (point) => list[point.dataIndex]?.row,
      };
    },
  };
})();
