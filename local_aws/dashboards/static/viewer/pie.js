// Pie and donut.
"use strict";
(() => {
  const HOLES = { SMALL: 0.76, MEDIUM: 0.64, LARGE: 0.48, WHOLE: 0 }; // of the radius, by the arc's thickness

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
      const wide = size.width > 520 && options.legend && options.legendPosition !== "BOTTOM";
      const ink = Viewer.ink();
      const family = getComputedStyle(document.body).fontFamily;
      const radius = Math.min(size.height * 0.44 - (wide ? 0 : 24), size.width * (wide ? 0.27 : 0.4)); // in pixels: both sides fit
      const hole = radius * (HOLES[options.thickness] ?? 0.62);
      const center = [wide ? radius + size.width * 0.04 : size.width / 2, wide ? size.height / 2 : size.height / 2 - (options.legend ? 16 : 0)];
      const text = (slice) => ({ VALUE: Viewer.format(slice.raw, slice.column), VALUE_AND_PERCENT: `${Viewer.format(slice.raw, slice.column)} (${share(slice)})` })[options.labelContent] ?? share(slice);
      const legend = { show: options.legend, type: "scroll", icon: "roundRect", itemWidth: 10, itemHeight: 10, pageIconColor: ink.muted,
        pageTextStyle: { color: ink.muted }, textStyle: { color: ink.text, fontSize: 12, rich: { value: { color: ink.muted } } } };
      const left = center[0] + radius + 28;
      const widest = Math.max(60, size.width - left - 90);
      if (wide) Object.assign(legend, { orient: "vertical", left, top: "middle", itemGap: 12,
        formatter: (name) => { const slice = slices.find((one) => one.name === name);
          return `${echarts.format.truncateText(name, widest, "12px sans-serif", "…")}  {value|${slice ? share(slice) : ""}}`; } });
      else Object.assign(legend, { bottom: 0, left: "center" });
      return {
        pick: (point) => (grouped ? visual.rows[point.dataIndex] : null),
        legend,
        graphic: options.center && hole > 40 ? [[Viewer.format(total, measure), -9, `650 ${Math.min(20, hole / 4)}px ${family}`, ink.text],
          [echarts.format.truncateText(measure.label, hole * 1.5, "12px sans-serif", "…"), 14, `12px ${family}`, ink.muted]].map(([line, shift, font, fill]) => ({
          type: "text", silent: true, x: center[0], y: center[1] + shift, style: { text: line, font, fill, align: "center", verticalAlign: "middle" } })) : undefined,
        tooltip: { trigger: "item", formatter: (point) => Viewer.tip(point.name, [[slices[point.dataIndex].column.label, Viewer.format(slices[point.dataIndex].raw, slices[point.dataIndex].column)], ["Share", share(slices[point.dataIndex])]]) },
        series: [{ type: "pie", radius: [hole, radius], center, minAngle: 2, minShowLabelAngle: 12, data: slices.map((slice) => ({ name: slice.name, value: Math.max(0, Number(slice.raw ?? 0)) })),
          itemStyle: { borderColor: ink.card, borderWidth: 2 },
          label: { show: options.labels && !wide, color: ink.text, formatter: (point) => text(slices[point.dataIndex]) }, labelLayout: { hideOverlap: true } }],
      };
    },
  };
})();
