// Bars: horizontal or vertical; clustered, stacked, stacked to 100 %.
"use strict";
(() => {
  Viewer.kinds.BarChart = {
    summary: Viewer.extremes,
    option: (visual, size) => {
      const { options } = visual;
      const { names, labels, series } = Viewer.series(visual);
      const horizontal = options.orientation === "HORIZONTAL";
      const stacked = options.arrangement !== "CLUSTERED";
      const whole = options.arrangement === "STACKED_PERCENT";
      const ink = Viewer.ink();
      const sums = labels.map((_, at) => series.reduce((sum, one) => sum + Math.abs(Number(one.values[at] ?? 0)), 0));
      const measure = series[0]?.column ?? { format: { style: "number" } };
      const shown = whole ? { role: "measure", format: { style: "percent", decimals: 0 } } : measure;
      const legend = Viewer.legend(series.map((one) => one.name), options, size.width);
      const room = Math.max(70, Math.min(230, size.width * 0.36));
      const titles = options.titles;
      const dense = (horizontal ? size.height / labels.length : size.width / labels.length) / (stacked ? 1 : series.length) < 13;
      const dated = options.categories && visual.columns[0].format?.style === "date";
      const every = Math.ceil(labels.length / Math.max(1, Math.floor(size.width / 58))); // dates are read in sequence: skip evenly
      const few = labels.length <= size.width / 64;
      const kept = (at) => at % every === 0;
      const dates = dated && !horizontal ? Viewer.axisDates(names.filter((_, at) => kept(at)).map((name) => name && name + "Z"), visual.columns[0].granularity) : [];
      const shownLabels = dated && !horizontal ? names.map((_, at) => (kept(at) ? dates[at / every] : "")) : labels;
      const categoryAxis = Viewer.axis.category(shownLabels, "", horizontal
        ? { inverse: true, axisLabel: { color: ink.text, fontSize: 12, interval: Viewer.skipped(labels.length, size.height - (legend.show ? 58 : 30)), width: room, overflow: "truncate" } }
        : dated ? { axisLabel: { color: ink.muted, fontSize: 12, lineHeight: 15, interval: 0 } }
        : { axisLabel: { color: ink.muted, fontSize: 12, interval: few ? 0 : "auto", width: few ? (size.width - 70) / labels.length - 6 : 90, overflow: "truncate", hideOverlap: !few } });
      const valueAxis = Viewer.axis.value(shown, titles.ValueLabelOptions ?? Viewer.axisTitle(visual), horizontal
        ? { nameLocation: "middle", nameGap: 26, splitNumber: size.width < 500 ? 3 : 5 } : { nameLocation: "end" });
      if (whole) valueAxis.max = 1;
      if (!horizontal) valueAxis.nameTextStyle.align = "left";
      return {
        grid: { left: horizontal ? 14 : 4, right: horizontal && options.labels ? 64 : 20, top: horizontal ? 4 : 30,
          bottom: (legend.show ? 28 : 0) + (horizontal ? 22 : 4), containLabel: true },
        pick: (point) => series[point.seriesIndex]?.rows[point.dataIndex],
        legend,
        [horizontal ? "yAxis" : "xAxis"]: categoryAxis,
        [horizontal ? "xAxis" : "yAxis"]: valueAxis,
        tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, formatter: (points) => Viewer.tip(labels[points[0].dataIndex],
          points.map((point) => [point.seriesName, Viewer.format(series[point.seriesIndex].values[point.dataIndex], series[point.seriesIndex].column), point.color])) },
        series: series.map((one, place) => ({
          markLine: place || whole ? undefined : Viewer.marks(visual, measure, horizontal ? "xAxis" : "yAxis"),
          type: "bar", name: one.name, stack: stacked ? "all" : undefined, barMaxWidth: 34, barCategoryGap: "28%",
          itemStyle: { borderRadius: stacked ? 0 : horizontal ? [0, 3, 3, 0] : [3, 3, 0, 0] },
          data: one.values.map((value, at) => (value === null ? null : whole ? Number(value) / (sums[at] || 1) : Number(value))),
          label: { show: options.labels && !dense, position: stacked ? "inside" : horizontal ? "right" : "top", color: stacked ? undefined : ink.text,
            fontSize: 12, formatter: (point) => Viewer.format(one.values[point.dataIndex], one.column) },
          labelLayout: { hideOverlap: true },
        })),
      };
    },
  };
})();
