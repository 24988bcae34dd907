// Funnel, tree map, radar, and ranked bars for word clouds and for places without a map.
"use strict";
(() => {
  const named = (visual, row, many) => (many ? Viewer.format(row[0], visual.columns[0]) : visual.columns.at(-1).label);
  const tip = (visual, row) => Viewer.tip(row.length > 1 ? Viewer.format(row[0], visual.columns[0]) : "", visual.columns.slice(row.length > 1 ? 1 : 0).map((column, at) => [column.label, Viewer.format(row[at + (row.length > 1 ? 1 : 0)], column)]));

  Viewer.kinds.FunnelChart = {
    summary: Viewer.extremes,
    option: (visual, size) => {
      const ink = Viewer.ink();
      const measure = visual.columns.at(-1);
      const first = Number(visual.rows[0]?.at(-1) ?? 0);
      const share = (row) => Viewer.format(first ? Number(row.at(-1)) / first : null, { role: "measure", format: { style: "percent", decimals: 1 } });
      return {
        tooltip: { trigger: "item", formatter: (point) => tip(visual, visual.rows[point.dataIndex]) },
        series: [{ type: "funnel", sort: "none", left: "26%", right: "31%", top: 6, bottom: 6, minSize: "4%", gap: 3, itemStyle: { borderWidth: 0, color: Viewer.colors()[0] },
          data: visual.rows.map((row, at) => ({ name: named(visual, row, visual.options.categories), value: Math.max(0, Number(row.at(-1) ?? 0)), itemStyle: { opacity: 1 - 0.6 * (at / Math.max(1, visual.rows.length)) } })),
          label: { position: "left", color: ink.text, fontSize: 12, formatter: (point) => `${echarts.format.truncateText(point.name, size.width * 0.22, "12px sans-serif", "…")}` }, labelLine: { show: false } },
        { type: "funnel", sort: "none", left: "26%", right: "31%", top: 6, bottom: 6, minSize: "4%", gap: 3, silent: true, itemStyle: { color: "transparent", borderWidth: 0 }, labelLine: { show: false },
          data: visual.rows.map((row) => ({ value: Math.max(0, Number(row.at(-1) ?? 0)) })),
          label: { position: "right", color: ink.muted, fontSize: 12, formatter: (point) => `${Viewer.format(visual.rows[point.dataIndex].at(-1), measure)}  ${share(visual.rows[point.dataIndex])}` } }],
        pick: (point) => visual.rows[point.dataIndex],
      };
    },
  };

  Viewer.kinds.TreeMap = {
    summary: Viewer.extremes,
    option: (visual) => {
      const { groups, sizes, colors } = visual.options;
      const ink = Viewer.ink();
      const color = (row) => (colors ? Number(row.at(-1) ?? 0) : Number(row[groups] ?? 0));
      const values = visual.rows.map(color);
      return {
        tooltip: { trigger: "item", formatter: (point) => (point.data?.row === undefined ? "" : tip(visual, visual.rows[point.data.row])) },
        visualMap: { show: false, type: "continuous", min: Math.min(...values), max: Math.max(...values, Math.min(...values) + 1), dimension: 1, inRange: { color: Viewer.dark() ? ["#2b4d6b", "#5b94c2"] : ["#86aecd", "#245a87"] } },
        series: [{ type: "treemap", roam: false, nodeClick: false, breadcrumb: { show: false }, left: 0, right: 0, top: 0, bottom: 0, visualDimension: 1,
          itemStyle: { borderColor: ink.card, borderWidth: 2, gapWidth: 2, borderRadius: 3 },
          data: visual.rows.map((row, at) => ({ row: at, name: named(visual, row, groups), value: [Math.max(0, Number(row[groups] ?? 0)), color(row)] })).filter((one) => one.value[0] > 0),
          label: { color: "#fff", fontSize: 12, lineHeight: 16, overflow: "truncate", formatter: (point) => (sizes ? `${point.name}\n${Viewer.compact(visual.rows[point.data.row][groups], visual.columns[groups])}` : point.name) } }],
        pick: (point) => visual.rows[point.data?.row],
      };
    },
  };

  Viewer.kinds.RadarChart = {
    summary: Viewer.extremes,
    option: (visual, size) => {
      const { options } = visual;
      const ink = Viewer.ink();
      const { labels, series } = Viewer.series(visual);
      // with a category its items are the axes; without, the measures are
      const axes = options.categories ? labels : series.map((one) => one.name);
      const lines = options.categories ? series : [{ name: visual.title, values: series.map((one) => one.values[0]), column: series[0]?.column }];
      const highest = Math.max(1e-9, ...lines.flatMap((one) => one.values.map((value) => Number(value ?? 0))));
      const legend = Viewer.legend(lines.map((one) => one.name), options, size.width);
      return {
        legend,
        tooltip: { trigger: "item", formatter: (point) => Viewer.tip(point.name, axes.map((axis, at) => [axis, Viewer.format(lines[point.dataIndex].values[at], options.categories ? lines[point.dataIndex].column : series[at].column)])) },
        radar: { radius: Math.min(size.width * 0.3, size.height * 0.36), center: ["50%", legend.show ? "46%" : "50%"], indicator: axes.map((name) => ({ name: echarts.format.truncateText(name, 110, "12px sans-serif", "…"), max: highest })),
          axisName: { color: ink.muted, fontSize: 11 }, splitLine: { lineStyle: { color: ink.line } }, splitArea: { show: false }, axisLine: { lineStyle: { color: ink.line } } },
        series: [{ type: "radar", data: lines.map((one) => ({ name: one.name, value: one.values.map((value) => Number(value ?? 0)), areaStyle: { opacity: 0.12 } })), symbolSize: 4 }],
      };
    },
  };

  const ranked = {
    summary: Viewer.extremes,
    draw: (body, visual) => {
      const el = Viewer.element;
      const { groups } = visual.options;
      const measures = visual.columns.slice(groups);
      const place = measures.length ? groups : -1;
      const most = Math.max(1e-9, ...visual.rows.map((row) => Math.abs(Number(row[place] ?? 0))));
      const items = visual.rows.map((row) => el("li", {}, el("span", { class: "name" }, row.slice(0, groups).map((value, at) => Viewer.format(value, visual.columns[at])).join(" · ") || visual.columns[0].label),
        el("span", { class: "track" }, el("i", { style: `width:${place < 0 ? 0 : (Math.abs(Number(row[place] ?? 0)) / most) * 100}%` })), el("b", {}, place < 0 ? "" : Viewer.format(row[place], visual.columns[place]))));
      const list = el("ol", { class: "ranked", tabindex: "0", role: "list", "aria-label": visual.title || "Ranked list" }, ...items);
      items.forEach((item, at) => { item.pick = () => visual.rows[at]; });
      body.append(list);
    },
  };
  Viewer.kinds.WordCloud = ranked;
})();
