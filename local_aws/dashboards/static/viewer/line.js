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
      const coming = options.time ? options.forecast ?? [] : [];
      const ticks = options.time ? Viewer.ticks([...names, ...coming.map((row) => row[0])], day.granularity, Math.max(2, Math.floor(size.width / 84))) : null;
      const tickNames = ticks ? Viewer.axisDates(ticks, day.granularity) : null;
      const at = (place) => (options.time ? names[place] && names[place] + "Z" : place);
      const xAxis = options.time
        ? { type: "time", axisLabel: ticks && { color: ink.muted, fontSize: 12, lineHeight: 15, customValues: ticks.map((tick) => Date.parse(tick)), formatter: (value) => tickNames[ticks.findIndex((tick) => Date.parse(tick) === value)] ?? "" }, axisLine: { lineStyle: { color: ink.line }, onZero: false },
            axisTick: { customValues: ticks.map((tick) => Date.parse(tick)), lineStyle: { color: ink.line } }, splitLine: { show: false },
            axisPointer: { label: { show: false } } }
        : Viewer.axis.category(labels, "");
      const valueAxis = Viewer.axis.value(measure, options.titles.PrimaryYAxisLabelOptions ?? Viewer.axisTitle(visual), { nameLocation: "end" });
      valueAxis.nameTextStyle.align = "left";
      const right = (one) => options.secondary.includes(one.column.id);
      const other = series.find(right)?.column;
      const both = other && !series.every(right) && !visual.options.panels;
      const valueAxes = both ? [valueAxis, Viewer.axis.value(other, "", { splitLine: { show: false } })] : valueAxis;
      // the forecast: dashed on from the last value, its band two stacked areas of which the lower is not seen
      const last = names.map((name, place) => [name, series[0]?.values[place]]).filter(([name, value]) => name && value !== null).at(-1);
      const guess = (name, values, more) => ({ type: "line", name, showSymbol: false, tooltip: { show: false }, color: Viewer.colors()[0], z: 1, data: values, ...more });
      const band = { stack: "forecast", stackStrategy: "all", lineStyle: { opacity: 0 } };
      const start = last && [last[0], Number(last[1]), Number(last[1]), Number(last[1])];
      const path = coming.length && start ? [start, ...coming] : [];
      const ahead = path.length ? [guess("Forecast, lower", path.map((row) => [row[0] + "Z", row[2]]), { ...band, silent: true }),
        guess("Forecast, upper", path.map((row) => [row[0] + "Z", row[3] - row[2]]), { ...band, silent: true, areaStyle: { opacity: 0.14 } }),
        guess("Forecast", path.map((row) => [row[0] + "Z", row[1]]), { silent: true, lineStyle: { type: "dashed", width: 2 } })] : [];
      return {
        grid: { left: 4, right: 20, top: 30, bottom: (legend.show ? 30 : 4) + (ticks ? 6 : 0), containLabel: true },
        pick: (point) => series[point.seriesIndex - ahead.length]?.rows[point.dataIndex],
        legend, xAxis, yAxis: valueAxes,
        tooltip: { trigger: "axis", formatter: (points) => {
          const real = points.filter((point) => point.seriesIndex >= ahead.length);
          const guessed = points.find((point) => ahead.length && point.seriesIndex === 2);
          if (!real.length) return guessed ? Viewer.tip(`${Viewer.date(new Date(guessed.value[0]).toISOString(), day.format.pattern)}, forecast`, [[measure.label, Viewer.format(guessed.value[1], measure)]]) : "";
          const first = real[0].dataIndex;
          return Viewer.tip(labels[first] ?? Viewer.format(names[first], day), real.map((point) => { const one = series[point.seriesIndex - ahead.length]; return [point.seriesName, Viewer.format(one.values[point.dataIndex], one.column), point.color]; }));
        } },
        series: [...ahead, ...series.map((one, place) => ({
          markLine: place ? undefined : Viewer.marks(visual, measure, "yAxis"),
          type: "line", name: one.name, yAxisIndex: both && right(one) ? 1 : 0, stack: stacked ? "all" : undefined, stackStrategy: "all", areaStyle: area ? { opacity: stacked ? 0.3 : 0.1 } : undefined,
          sampling: stacked ? undefined : "lttb", showSymbol: names.length <= Math.min(62, size.width / 8), symbol: "circle", symbolSize: 5, lineStyle: { width: 2 }, connectNulls: true,
          data: one.values.map((value, place) => (options.time ? [at(place), amount(value)] : amount(value))),
          label: { show: options.labels && names.length <= 24, position: "top", color: ink.text, formatter: (point) => Viewer.format(one.values[point.dataIndex], one.column) },
          labelLayout: { hideOverlap: true },
        }))],
      };
    },
  };
})();
