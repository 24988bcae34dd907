// Scatter plot: two measures, the third as size, colours by category.
"use strict";
(() => {
  Viewer.kinds.ScatterPlot = {
    summary: (visual) => `${visual.rows.length} points of ${visual.columns.map((column) => column.label).join(", ")}.`,
    option: (visual, size) => {
      const { options } = visual;
      const ink = Viewer.ink();
      const names = options.category + options.label;
      const [xColumn, yColumn] = visual.columns.slice(names, names + 2);
      const sizes = options.size ? visual.rows.map((row) => Number(row[names + 2] ?? 0)) : [];
      const largest = Math.max(1e-9, ...sizes.map(Math.abs));
      // with a label each category is a colour; without, each category is a point
      const colored = options.category && options.label;
      const groups = new Map();
      visual.rows.forEach((row, at) => {
        const name = colored ? Viewer.format(row[0], visual.columns[0]) : "";
        if (!groups.has(name)) groups.set(name, []);
        groups.get(name).push(at);
      });
      const legend = Viewer.legend([...groups.keys()], options, size.width);
      const title = (row) => row.slice(0, names).map((value, place) => Viewer.format(value, visual.columns[place])).join(" · ");
      const number = (value) => (typeof value === "string" && isNaN(Number(value)) ? Date.parse(value + "Z") : Number(value));
      const few = visual.rows.length <= 40;
      const across = visual.rows.map((row) => number(row[names]));
      const [left, right] = [Math.min(...across), Math.max(...across)];
      const side = (at) => (across[at] - left > 0.7 * (right - left) ? "left" : "right"); // its name stays inside
      return {
        grid: { left: 8, right: 24, top: 30, bottom: (legend.show ? 30 : 4) + 26, containLabel: true },
        legend,
        xAxis: Viewer.axis.value(xColumn, options.titles.XAxisLabelOptions ?? xColumn?.label, { nameLocation: "middle", nameGap: 28, scale: true }),
        yAxis: Viewer.axis.value(yColumn, options.titles.YAxisLabelOptions ?? yColumn?.label, { nameLocation: "end", scale: true, nameTextStyle: { color: ink.muted, fontSize: 12, align: "left" } }),
        tooltip: { trigger: "item", formatter: (point) => Viewer.tip(title(visual.rows[point.data.row]) || point.seriesName || "Point",
          visual.columns.slice(names).map((column, place) => [column.label, Viewer.format(visual.rows[point.data.row][names + place], column)])) },
        series: [...groups].map(([name, places]) => ({ type: "scatter", name, itemStyle: { opacity: 0.75 },
          data: places.map((at) => ({ row: at, value: [number(visual.rows[at][names]), number(visual.rows[at][names + 1])], label: { position: side(at) }, symbolSize: options.size ? 6 + 30 * Math.sqrt(Math.abs(sizes[at]) / largest) : 10 })),
          label: { show: few && names > 0, color: ink.muted, fontSize: 11, formatter: (point) => echarts.format.truncateText(title(visual.rows[point.data.row]), 110, "11px sans-serif", "…") },
          labelLayout: { hideOverlap: true } })),
        pick: (point) => visual.rows[point.data.row],
      };
    },
  };
})();
