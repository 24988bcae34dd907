// Pie and donut.
"use strict";
(() => {
  const HOLES = { SMALL: "72%", MEDIUM: "60%", LARGE: "45%", WHOLE: "0%" };

  Viewer.kinds.PieChart = {
    summary: Viewer.extremes,
    option: (visual, size) => {
      const { options } = visual;
      const measure = visual.columns.at(-1);
      const grouped = options.categories > 0;
      // without a category each measure is a slice
      const slices = grouped
        ? visual.rows.map((row) => ({ name: Viewer.format(row[0], visual.columns[0]), raw: row[1], column: measure }))
        : visual.columns.map((column, at) => ({ name: column.label, raw: visual.rows[0]?.[at], column }));
      const total = slices.reduce((sum, slice) => sum + Number(slice.raw ?? 0), 0);
      const share = (slice) => Viewer.format(total ? Number(slice.raw) / total : null, { role: "measure", format: { style: "percent", decimals: 1 } });
      const wide = size.width > 420 && options.legend && options.legendPosition !== "BOTTOM";
      const ink = Viewer.ink();
      const hole = HOLES[options.thickness] ?? "60%";
      const center = wide ? ["32%", "50%"] : ["50%", options.legend ? "44%" : "50%"];
      const text = (slice) => ({ VALUE: Viewer.format(slice.raw, slice.column), VALUE_AND_PERCENT: `${Viewer.format(slice.raw, slice.column)} (${share(slice)})` })[options.labelContent] ?? share(slice);
      const legend = { show: options.legend, type: "scroll", icon: "roundRect", itemWidth: 10, itemHeight: 10, pageIconColor: ink.muted,
        pageTextStyle: { color: ink.muted }, textStyle: { color: ink.text, fontSize: 12, rich: { value: { color: ink.muted } } } };
      const widest = Math.max(60, size.width * 0.36 - 60);
      if (wide) Object.assign(legend, { orient: "vertical", left: "62%", top: "middle", itemGap: 12,
        formatter: (name) => { const slice = slices.find((one) => one.name === name);
          return `${echarts.format.truncateText(name, widest, "12px sans-serif", "…")}  {value|${slice ? share(slice) : ""}}`; } });
      else Object.assign(legend, { bottom: 0, left: "center" });
      return {
        legend,
        title: options.center && hole !== "0%" ? { text: Viewer.format(total, measure), subtext: measure.label, left: center[0], top: center[1], textAlign: "center",
          textVerticalAlign: "middle", itemGap: 2, padding: 0, textStyle: { color: ink.text, fontSize: 17, fontWeight: 650 }, subtextStyle: { color: ink.muted, fontSize: 12 } } : undefined,
        tooltip: { trigger: "item", formatter: (point) => Viewer.tip(point.name, [[slices[point.dataIndex].column.label, Viewer.format(slices[point.dataIndex].raw, slices[point.dataIndex].column)], ["Share", share(slices[point.dataIndex])]]) },
        series: [{ type: "pie", radius: [hole, "82%"], center, minAngle: 2, minShowLabelAngle: 12, data: slices.map((slice) => ({ name: slice.name, value: Math.max(0, Number(slice.raw ?? 0)) })),
          itemStyle: { borderColor: ink.card, borderWidth: 2 },
          label: { show: options.labels && !wide, color: ink.text, formatter: (point) => text(slices[point.dataIndex]) }, labelLayout: { hideOverlap: true } }],
      };
    },
  };
})();
