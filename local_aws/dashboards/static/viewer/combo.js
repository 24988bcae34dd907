// Combo: bars and lines over one category; the lines have the axis at the right.
"use strict";
(() => {
  Viewer.kinds.ComboChart = {
    summary: Viewer.extremes,
    option: (visual, size) => {
      const { options } = visual;
      const { categories, colors, bars } = options;
      const { names, labels, series } = Viewer.series(visual);
      const ink = Viewer.ink();
      const lineColumns = new Set(visual.columns.slice(categories + colors + bars));
      const barSeries = series.filter((one) => !lineColumns.has(one.column));
      const lines = [...lineColumns].map((column) => {
        const place = visual.columns.indexOf(column);
        const first = new Map();
        for (const row of visual.rows) if (!first.has(JSON.stringify(row[0]))) first.set(JSON.stringify(row[0]), row);
        const rows = names.map((name) => first.get(JSON.stringify(name)) ?? visual.rows[0]);
        return { name: column.label, column, rows, values: rows.map((row) => row?.[place] ?? null) };
      });
      const all = [...barSeries, ...lines];
      const stacked = options.arrangement !== "CLUSTERED";
      const whole = options.arrangement === "STACKED_PERCENT";
      const sums = labels.map((_, at) => barSeries.reduce((sum, one) => sum + Math.abs(Number(one.values[at] ?? 0)), 0));
      const legend = Viewer.legend(all.map((one) => one.name), options, size.width);
      const dated = categories && visual.columns[0].format?.style === "date";
      const every = Math.ceil(labels.length / Math.max(1, Math.floor(size.width / 64)));
      const kept = names.filter((_, at) => at % every === 0);
      const dates = dated ? Viewer.axisDates(kept.map((name) => name && name + "Z"), visual.columns[0].granularity) : [];
      const xLabels = dated ? names.map((_, at) => (at % every === 0 ? dates[at / every] : "")) : labels;
      const titles = options.titles;
      const percent = { role: "measure", format: { style: "percent", decimals: 0 } };
      const axis = (column, title, side) => Viewer.axis.value(column ?? percent, title ?? "", { nameLocation: "end", position: side,
        nameTextStyle: { color: ink.muted, fontSize: 12, align: side }, splitLine: { show: side === "left", lineStyle: { color: ink.line } } });
      const two = lines.length > 0 && barSeries.length > 0 && !options.oneAxis;
      const left = barSeries[0] ?? lines[0];
      const yAxis = [axis(whole && barSeries.length ? percent : left?.column, titles.PrimaryYAxisLabelOptions ?? (barSeries.length ? left?.column.label : ""), "left")];
      if (two) yAxis.push(axis(lines[0].column, titles.SecondaryYAxisLabelOptions ?? (lines.length === 1 ? lines[0].name : ""), "right"));
      return {
        grid: { left: 4, right: two ? 18 : 20, top: 30, bottom: legend.show ? 30 : 4, containLabel: true },
        legend, yAxis,
        xAxis: Viewer.axis.category(xLabels, "", { axisLabel: { color: ink.muted, fontSize: 12, lineHeight: 15, interval: dated ? 0 : "auto", hideOverlap: !dated, width: 100, overflow: "truncate" } }),
        tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, formatter: (points) => Viewer.tip(labels[points[0].dataIndex],
          points.map((point) => [point.seriesName, Viewer.format(all[point.seriesIndex].values[point.dataIndex], all[point.seriesIndex].column), point.color])) },
        series: all.map((one, place) => {
          const line = place >= barSeries.length;
          const shown = (line ? options.lineLabels : options.barLabels) && labels.length <= 30;
          return {
            markLine: place && place !== barSeries.length ? undefined : Viewer.marks(visual, one.column, "yAxis", line && two),
            type: line ? "line" : "bar", name: one.name, yAxisIndex: line && two ? 1 : 0, stack: !line && stacked ? "all" : undefined, z: line ? 3 : 2,
            barMaxWidth: 34, barCategoryGap: "28%", connectNulls: true, showSymbol: names.length <= 62, symbol: "circle", symbolSize: 6, lineStyle: { width: 2.5 }, color: line && colors ? ink.text : undefined,
            itemStyle: line ? undefined : { borderRadius: stacked ? 0 : [3, 3, 0, 0] },
            data: one.values.map((value, at) => (value === null ? null : !line && whole ? Number(value) / (sums[at] || 1) : Number(value))),
            label: { show: shown, position: line ? "top" : stacked ? "inside" : "top", color: !line && stacked ? undefined : ink.text, fontSize: 11,
              formatter: (point) => Viewer.format(one.values[point.dataIndex], one.column, true) },
            labelLayout: { hideOverlap: true },
          };
        }),
        pick: (point) => all[point.seriesIndex]?.rows[point.dataIndex],
      };
    },
  };
})();
