// Histogram and box plot.
"use strict";
(() => {
  Viewer.kinds.Histogram = {
    summary: (visual) => `${visual.rows.length} bins of ${visual.columns[0].label}.`,
    option: (visual, size) => {
      const ink = Viewer.ink();
      const [value, count] = visual.columns;
      const { width } = visual.options;
      const text = (number) => Viewer.compact(number, { ...value, role: "measure", format: value.format });
      const reach = (row) => `${text(row[0])} – ${text(row[0] + width)}`;
      return {
        grid: { left: 4, right: 16, top: 24, bottom: 28, containLabel: true },
        xAxis: Viewer.axis.category(visual.rows.map((row) => text(row[0])), value.label, { nameLocation: "middle", nameGap: 26, axisLabel: { color: ink.muted, fontSize: 11, hideOverlap: true } }),
        yAxis: Viewer.axis.value(count, "Rows", { nameTextStyle: { color: ink.muted, fontSize: 12, align: "left" } }),
        tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, formatter: (points) => Viewer.tip(reach(visual.rows[points[0].dataIndex]), [["Rows", Viewer.format(visual.rows[points[0].dataIndex][1], count)]]) },
        series: [{ type: "bar", barCategoryGap: "4%", data: visual.rows.map((row) => row[1]), itemStyle: { borderRadius: [2, 2, 0, 0] },
          label: { show: visual.options.labels && visual.rows.length < size.width / 50, position: "top", color: ink.text, fontSize: 11, formatter: (point) => Viewer.compact(point.value, count) } }],
      };
    },
  };

  Viewer.kinds.BoxPlot = {
    summary: (visual) => `${visual.rows.length} boxes of ${visual.options.label}.`,
    option: (visual, size) => {
      const ink = Viewer.ink();
      const { groups } = visual.options;
      const column = visual.columns[groups];
      const name = (row) => (groups ? Viewer.format(row[0], visual.columns[0]) : visual.options.label);
      const [accent] = Viewer.colors();
      return {
        grid: { left: 4, right: 12, top: 26, bottom: 4, containLabel: true },
        xAxis: Viewer.axis.category(visual.rows.map(name), "", { axisLabel: { color: ink.muted, fontSize: 11, width: Math.max(48, (size.width - 60) / visual.rows.length - 6), overflow: "truncate", hideOverlap: true } }),
        yAxis: Viewer.axis.value(column, visual.options.label, { nameTextStyle: { color: ink.muted, fontSize: 12, align: "left" } }),
        tooltip: { trigger: "item", formatter: (point) => { const row = visual.rows[point.dataIndex]; return Viewer.tip(name(row), ["Lowest", "Lower quartile", "Median", "Upper quartile", "Highest"].map((label, at) => [label, Viewer.format(row[groups + at], visual.columns[groups + at])])); } },
        series: [{ type: "boxplot", data: visual.rows.map((row) => row.slice(groups).map(Number)), itemStyle: { color: accent + "33", borderColor: accent }, boxWidth: [8, 38] }],
        pick: (point) => visual.rows[point.dataIndex],
      };
    },
  };
})();
