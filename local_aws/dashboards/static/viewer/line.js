// Lines and areas, over time or over categories.
"use strict";
(() => {
  Viewer.kinds.LineChart = {
    summary: Viewer.extremes,
    option: (visual, size) => {
      const { options } = visual;
      const { names, labels, series } = Viewer.series(visual);
      const measure = series[0]?.column ?? { format: { style: "number" } };
      const day = visual.columns[0];
      const legend = Viewer.legend(series.map((one) => one.name), options, size.width);
      const ink = Viewer.ink();
      const area = options.type !== "LINE";
      const stacked = options.type === "STACKED_AREA";
      // a stack has a height everywhere; a line goes on to its next point, QuickSight's default for missing data
      const amount = (value) => (value === null ? (stacked ? 0 : null) : Number(value));
      const ticks = options.time ? Viewer.ticks(names, day.granularity, Math.max(2, Math.floor(size.width / 84))) : null;
      const tickNames = ticks ? Viewer.axisDates(ticks, day.granularity) : null;
      const at = (place) => (options.time ? names[place] && names[place] + "Z" : place);
      const xAxis = options.time
        ? { type: "time", axisLabel: ticks && { color: ink.muted, fontSize: 12, lineHeight: 15, customValues: ticks.map((tick) => Date.parse(tick)), formatter: (value) => tickNames[ticks.findIndex((tick) => Date.parse(tick) === value)] ?? "" }, axisLine: { lineStyle: { color: ink.line }, onZero: false },
            axisTick: { customValues: ticks.map((tick) => Date.parse(tick)), lineStyle: { color: ink.line } }, splitLine: { show: false },
            axisPointer: { label: { show: false } } }
        : Viewer.axis.category(labels, "");
      const valueAxis = Viewer.axis.value(measure, options.titles.PrimaryYAxisLabelOptions ?? Viewer.axisTitle(visual), { nameLocation: "end" });
      valueAxis.nameTextStyle.align = "left";
      return {
        grid: { left: 4, right: 20, top: 30, bottom: (legend.show ? 30 : 4) + (ticks ? 6 : 0), containLabel: true },
        pick: (point) => series[point.seriesIndex]?.rows[point.dataIndex],
        legend, xAxis, yAxis: valueAxis,
        tooltip: { trigger: "axis", formatter: (points) => Viewer.tip(labels[points[0].dataIndex] ?? Viewer.format(names[points[0].dataIndex], day),
          points.map((point) => [point.seriesName, Viewer.format(series[point.seriesIndex].values[point.dataIndex], series[point.seriesIndex].column), point.color])) },
        series: series.map((one) => ({
          type: "line", name: one.name, stack: stacked ? "all" : undefined, stackStrategy: "all", areaStyle: area ? { opacity: stacked ? 0.3 : 0.1 } : undefined,
          sampling: stacked ? undefined : "lttb", showSymbol: names.length <= 62, symbol: "circle", symbolSize: 5, lineStyle: { width: 2 }, connectNulls: true,
          data: one.values.map((value, place) => (options.time ? [at(place), amount(value)] : amount(value))),
          label: { show: options.labels && names.length <= 24, position: "top", color: ink.text, formatter: (point) => Viewer.format(one.values[point.dataIndex], one.column) },
          labelLayout: { hideOverlap: true },
        })),
      };
    },
  };
})();
